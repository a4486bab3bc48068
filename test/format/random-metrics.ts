// Random configs of the format with random map entries, from a seed.
import { readFileSync } from 'node:fs';
import { seeded } from '../support/random-batch.ts';
import type { Entry, Label, Metric } from './reference.ts';
import type { Decoder } from './reference-decoders.ts';

/** Recorded keys: what kernels and people put into labels. */
const recorded = [
  'bash\0',
  'kworker/0:1\0',
  'nginx.service\0',
  'user-1000.slice\0',
  'a|b',
  'a"b\\c\nd\0',
  '\u{fffd}\0',
  'größe\0',
  '\x07example\x03com\0',
  '\x03www\x07example\x03org\0',
].map((text) => Buffer.from(text));
const addresses = readFileSync('/proc/kallsyms', 'latin1')
  .split('\n')
  .filter((_, i) => i % 5000 === 0)
  .map((line) => BigInt(`0x${line.slice(0, 16)}`));

const uint: Decoder = { name: 'uint' };
const string: Decoder = { name: 'string' };
const map: Decoder = { name: 'static_map', static_map: { 0: 'read', 1: 'write', bash: 'shell' } };

/** Chains that the format allows, with the sizes that they take. */
const chains: { sizes: number[]; chain: Decoder[] }[] = [
  { sizes: [1, 2, 4, 8], chain: [uint] },
  { sizes: [1, 3, 7, 16], chain: [{ name: 'hex' }] },
  { sizes: [1, 8, 16, 32], chain: [string] },
  { sizes: [8], chain: [{ name: 'ksym' }] },
  { sizes: [8, 16, 40], chain: [{ name: 'kstack' }] },
  { sizes: [8], chain: [uint, { name: 'cgroup' }] },
  { sizes: [16, 32], chain: [{ name: 'dname' }] },
  { sizes: [1, 2], chain: [uint, { name: 'errno' }] },
  { sizes: [4], chain: [{ name: 'ifname' }] },
  { sizes: [4, 16], chain: [{ name: 'inet_ip' }] },
  { sizes: [4], chain: [{ name: 'majorminor' }] },
  { sizes: [2], chain: [uint, { name: 'pci_vendor' }] },
  { sizes: [4], chain: [uint, { name: 'pci_device' }] },
  { sizes: [1], chain: [uint, { name: 'pci_class' }] },
  { sizes: [2], chain: [uint, { name: 'pci_subclass' }] },
  { sizes: [16], chain: [string, { name: 'regexp', regexps: ['^([a-z]+)\\.service', '^user-[0-9]+', '[a-f]+'] }] },
  { sizes: [1], chain: [uint, map] },
  { sizes: [8], chain: [string, { ...map, allow_unknown: true }] },
  {
    sizes: [4],
    chain: [{ name: 'hex' }, { name: 'regexp', regexps: ['^..'] }, { ...map, static_map: { '00': 'zero' } }],
  },
];

export class RandomMetrics {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  make(index: number): { metric: Metric; entries: Entry[] } {
    const labels = Array.from({ length: this.#below(4) }, (_, i) => this.#label(`label_${i}`));
    return this.#below(2) === 0 ? this.#counter(index, labels) : this.#histogram(index, labels);
  }

  #counter(index: number, labels: Label[]): { metric: Metric; entries: Entry[] } {
    const name = `counter_${index}_total`;
    if (this.#below(4) === 0) labels.push({ name: 'cpu', size: 2, decoders: [uint] });
    const only = labels.length === 1 && labels[0].name === 'cpu';
    const keys = new Set(Array.from({ length: 20 }, () => (only ? '00000000' : '') + this.#key(labels)));
    if (labels.length === 0) keys.clear();
    if (labels.length === 0) keys.add('00000000');
    return {
      metric: { name, help: `Counter ${index}`, labels },
      entries: [...keys].map((key) => [key, this.#value()]),
    };
  }

  #histogram(index: number, series: Label[]): { metric: Metric; entries: Entry[] } {
    const type = this.#pick(['exp2', 'exp2zero', 'linear', 'fixed'] as const);
    const min = this.#below(4);
    const max = min + 1 + this.#below(30);
    const fixed = Array.from({ length: 1 + this.#below(5) }, (_, i) => i * 12 + this.#below(10));
    const range = type === 'fixed' ? { bucket_keys: fixed } : { bucket_min: min, bucket_max: max };
    const bucket_multiplier = this.#pick([0, 1, 0.000001, 50, 0.5]);
    const bucket = { name: 'bucket', size: this.#pick([1, 2, 4, 8]), decoders: [uint] };
    const labels = [...series, bucket];
    const entries = new Map<string, number>();
    for (let i = 0; i < 6; i++) {
      const key = this.#key(series);
      // One series has buckets out of any range only.
      const numbers = [...Array.from({ length: 8 }, () => this.#below(max + 4)), (fixed.at(-1) ?? 0) + 1, max + 1];
      if (i === 0) numbers.splice(0, Infinity, 200 + this.#below(50));
      for (const number of numbers) {
        const bytes = Buffer.alloc(bucket.size);
        bytes[0] = number;
        entries.set(key + bytes.toString('hex'), this.#below(1e6));
      }
    }
    const metric: Metric = {
      name: `histogram_${index}`,
      help: `Histogram ${index}`,
      labels,
      bucket_type: type,
      bucket_multiplier,
      ...range,
    };
    return { metric, entries: [...entries] };
  }

  #label(name: string): Label {
    const { sizes, chain } = this.#pick(chains);
    return { name, size: this.#pick(sizes), padding: this.#pick([0, 0, 1, 4]), decoders: chain };
  }

  #key(labels: Label[]): string {
    return labels
      .map(({ size, padding = 0 }) => Buffer.concat([this.#bytes(size), this.#noise(padding)]).toString('hex'))
      .join('');
  }

  #bytes(size: number): Buffer {
    const bytes = this.#noise(size);
    const roll = this.#below(5);
    if (roll === 0) bytes.fill(0);
    if (roll === 1) this.#pick(recorded).copy(bytes);
    if (roll === 2) bytes.fill(0).writeUIntLE(this.#below(size === 1 ? 256 : 300), 0, Math.min(size, 6));
    if (roll === 3 && size >= 8) bytes.writeBigUInt64LE(this.#pick(addresses));
    return bytes;
  }

  #noise(size: number): Buffer {
    return Buffer.from(Array.from({ length: size }, () => this.#below(256)));
  }

  #value(): number {
    return this.#pick([0, 1, this.#below(1000), this.#below(2 ** 40), 2 ** 45]);
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)];
  }
}
