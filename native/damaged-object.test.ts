// test: alone
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import { BpfError, BpfObject } from './index.ts';
import { built } from './testdata/support.ts';

const ROUNDS = 2500;
const ROUNDS_WITH_LOAD = 100;
const sound = ['maps.bpf.o', 'hooks.bpf.o', 'refused.bpf.o'].map((name) => readFileSync(built(name)));

type Random = (below: number) => number;

/** Seeded by the round (mulberry32), so that a failing one can be repeated. */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function wordsOf(bytes: Buffer, random: Random): number[] {
  return [0, 1, 0xffff_ffff, 0x7fff_ffff, random(bytes.length), random(65_536)];
}

const damages: Record<string, (bytes: Buffer, random: Random) => Buffer> = {
  'cut short': (bytes, random) => bytes.subarray(0, random(bytes.length)),
  'bits flipped': (bytes, random) => {
    for (let left = 1 + random(8); left > 0; left--) bytes[random(bytes.length)] ^= 1 << random(8);
    return bytes;
  },
  'words replaced': (bytes, random) => {
    const words = wordsOf(bytes, random);
    for (let left = 1 + random(4); left > 0; left--)
      bytes.writeUInt32LE(words[random(words.length)], random(bytes.length - 4));
    return bytes;
  },
  'one byte replaced': (bytes, random) => {
    bytes[random(bytes.length)] = [0, 1, 255, random(256)][random(4)];
    return bytes;
  },
};

/** Whether it was refused; whatever is not a BpfError ends the test. */
function refused(file: string, use: (object: BpfObject) => void): boolean {
  let object: BpfObject | undefined;
  try {
    object = BpfObject.open(file);
    use(object);
    return false;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return true;
  } finally {
    object?.close();
  }
}

describe('damaged objects are errors, never a crash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
  after(() => rmSync(folder, { recursive: true }));

  function damagedFile(round: number, damage: (bytes: Buffer, random: Random) => Buffer): string {
    const random = randomOf(round);
    const file = join(folder, 'damaged.bpf.o');
    writeFileSync(file, damage(Buffer.from(sound[random(sound.length)]), random));
    return file;
  }

  for (const [name, damage] of Object.entries(damages)) {
    test(`opened: ${name}`, () => {
      let errors = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const file = damagedFile(round, damage);
        if (
          refused(file, (object) =>
            object.constants.forEach(({ name: constant }) => assert.equal(typeof constant, 'string')),
          )
        )
          errors++;
      }
      assert.ok(errors > ROUNDS / 20, `only ${errors} errors`);
    });

    test(`loaded: ${name}`, requires('root', 'btf'), () => {
      for (let round = 0; round < ROUNDS_WITH_LOAD; round++)
        refused(damagedFile(ROUNDS + round, damage), (object) => object.load());
    });
  }

  test('sound ones are not refused', () => {
    for (const bytes of sound) {
      const file = join(folder, 'sound.bpf.o');
      writeFileSync(file, bytes);
      assert.equal(
        refused(file, () => {}),
        false,
      );
    }
  });
});
