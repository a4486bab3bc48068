// Random bytes through random chains of decoders: text that is UTF-8 or a reason, in bounded time, never an exception.
// FUZZ_INPUTS sets how many (10000000 before a release); the seed of a batch that fails is in its message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chain } from '../../processors/decode/chain.ts';
import { decoders } from '../../processors/decode/decoders/index.ts';
import { testHost } from '../../processors/decode/test-support.ts';
import { seeded } from '../support/random-batch.ts';

const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 200_000);
const A_CHAIN = 100;
const A_BATCH = 20_000;
/** Of a batch; a hundred times what it takes on a slow machine. */
const LIMIT_MS = 120_000;

const hostFiles = {
  'proc/kallsyms': '0000000000000000 A percpu\nffffffff81000000 T _text\nffffffff81000100 t \u00e9\n',
  'proc/partitions': 'major minor  #blocks  name\n\n 8 0 1 sda\n',
  'usr/share/misc/pci.ids': '8086  Intel\n\t1237  440FX\nC 02  Network\n\t00  Ethernet\n',
  'sys/class/net/lo/ifindex': '1\n',
};

/** Expressions whose matching takes a backtracking engine exponential or quadratic time among them. */
const expressions = ['a|.*', '^(a+)+$', '(x+x+)+y', '^(.*)\\.service$', '[^\\x00]+', '^\\d+$', '(?i)É', '(a|aa)*b'];
const texts = [
  '',
  '0',
  '00',
  '4294967296',
  '18446744073709551615',
  '18446744073709551616',
  '-1',
  '1e9',
  '__proto__',
  'constructor',
  'a'.repeat(300),
  'a'.repeat(40).concat('!'),
  '\ud800',
  '日本',
  '\x07example\x03com\0',
].map((text) => Buffer.from(text));

class Inputs {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }

  size(): number {
    return this.pick([1, 2, 3, 4, 7, 8, 16, 24, 64, 1 + this.below(300)]);
  }

  /** One to four decoders in any order, whether or not they fit together. */
  specs(): { name: string }[] {
    const count = 1 + this.below(4);
    const options = { static_map: { a: 'b', 0: 'zero', __proto__: 'own' }, allow_unknown: this.below(2) === 0 };
    return Array.from({ length: count }, () => ({
      name: this.pick(decoders).name,
      ...options,
      regexps: [this.pick(expressions)],
    }));
  }

  fill(bytes: Buffer): void {
    const kind = this.below(4);
    if (kind === 0) for (let i = 0; i < bytes.length; i++) bytes[i] = this.below(256);
    if (kind === 1) for (let i = 0; i < bytes.length; i++) bytes[i] = 48 + this.below(10);
    if (kind === 2) bytes.fill(this.pick([0, 1, 63, 64, 97, 0xc0, 0xff]));
    if (kind === 3) this.pick(texts).copy(bytes.fill(0));
    if (this.below(4) === 0) bytes[this.below(bytes.length)] = this.below(256);
  }
}

test(`${INPUTS} inputs over all decoders and their chains`, (t) => {
  const { host } = testHost(t, hostFiles);
  let texted = 0;
  for (let seed = 0; seed * A_BATCH < INPUTS; seed++) {
    const started = performance.now();
    const inputs = new Inputs(seed);
    for (let i = 0; i < A_BATCH; i += A_CHAIN) {
      const size = inputs.size();
      const specs = inputs.specs();
      const chain = new Chain({ name: 'label', offset: 0, size, decoders: specs }, host, inputs.pick([0, 16]));
      const names = specs.map(({ name }) => name).join(' ');
      const key = Buffer.alloc(size);
      for (let round = 0; round < A_CHAIN; round++) {
        inputs.fill(key);
        const before = key.toString('hex');
        const answer = chain.text(key);
        const what = (): string => `seed ${seed}: ${names} on ${before}`;
        if (typeof answer === 'string') {
          texted++;
          if (!answer.isWellFormed()) assert.fail(`not UTF-8: ${what()}`);
        } else if (answer === undefined && chain.failure === undefined) assert.fail(`no reason: ${what()}`);
        if (key.toString('hex') !== before) assert.fail(`the key was written to: ${what()}`);
      }
    }
    assert.ok(performance.now() - started < LIMIT_MS, `seed ${seed} took too long`);
  }
  assert.ok(texted > INPUTS / 10, `only ${texted} had an answer`);
});
