// damage-objects.ts OBJECT FIRST ROUNDS: opens and loads damaged copies of OBJECT, the damage chosen by the round's number.
// Prints `{ refused, accepted }`; whatever is no BpfError ends it with a status other than 0, as does a crash.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BpfError, BpfObject } from '../../native/index.ts';
import { seeded } from '../support/random-batch.ts';

const [file = '', first = '0', rounds = '0'] = process.argv.slice(2);
const sound = readFileSync(file);

/** Flips bits, repeats or removes a piece, or puts extreme numbers in the place of words: sizes, offsets, indices. */
function damaged(round: number): Buffer {
  const next = seeded(round);
  const below = (limit: number): number => Math.floor(next() * limit);
  const bytes = Buffer.from(sound);
  const [from, to] = [below(bytes.length), below(bytes.length)];
  const kind = round % 4;
  if (kind === 0) return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  for (let left = 1 + below(6); left > 0; left--) {
    const at = below(bytes.length - 8);
    if (kind === 1) bytes[at] ^= 1 << below(8);
    if (kind === 2) bytes.writeUInt32LE([0, 1, 0x7fff_ffff, 0xffff_ffff, bytes.length][below(5)], at & ~3);
    if (kind === 3) bytes.copy(bytes, at, from, from + below(64));
  }
  return bytes;
}

function isRefused(path: string): boolean {
  let object: BpfObject | undefined;
  try {
    object = BpfObject.open(path);
    object.load();
    return false;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return true;
  } finally {
    object?.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
const counts = { refused: 0, accepted: 0 };
try {
  for (let round = Number(first); round < Number(first) + Number(rounds); round++) {
    const path = join(folder, 'damaged.bpf.o');
    writeFileSync(path, damaged(round));
    counts[isRefused(path) ? 'refused' : 'accepted']++;
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(JSON.stringify(counts));
