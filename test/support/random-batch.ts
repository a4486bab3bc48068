/** Batches for tests of exporters: seeded, so that a failure can be repeated, with what is hard to write among them. */
import type { AnyValue, Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { MetricBatch, MetricFamily } from '../../src/metric-batch.ts';
import { AttributeSeries } from '../../src/series-table.ts';

/** Numbers from 0 up to, not including, 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TEXTS = [
  '',
  'a',
  'sda',
  'naïve',
  '日本',
  '🙂 x',
  'a"b\\c\nd',
  'x'.repeat(63),
  'y'.repeat(64),
  'z'.repeat(200),
  'é'.repeat(90),
];
const VALUES: AnyValue[] = [0, 1, -1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 40), 1.5, -0.25, 1e300, true, false];
const NESTED: AnyValue[] = [[], ['a', 'é'], [1, -2, 2.5, [true]], { a: 1, b: { c: 'd' } }, Uint8Array.of(0, 255), null];
const COUNTS = [0, 1, 127, 128, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 2 ** 62, 12_345_678_901];
const NUMBERS = [...COUNTS, -1, -128, -(2 ** 33), -(2 ** 62), 0.5, -1e-9, NaN, Infinity, -Infinity, 2 ** 63, 2 ** 64];

export class RandomBatches {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  batch(families = 1 + this.#below(5), rows = 12): MetricBatch {
    return {
      resource: this.resource(),
      timeUnixNano: 1_790_000_000_000_000_000n + BigInt(this.#below(2 ** 31)) * 7n,
      families: Array.from({ length: families }, (_, i) => this.family(i, this.#below(rows + 1))),
    };
  }

  family(index: number, rows: number): MetricFamily {
    const kind = this.#pick(['counter', 'gauge', 'histogram'] as const);
    const bounds =
      kind === 'histogram'
        ? Float64Array.from({ length: this.#below(20) }, (_, i) => 2 ** i * 1e-6)
        : new Float64Array(0);
    const series = new AttributeSeries();
    for (let id = 0; id < rows * 2; id++) series.attributes.push(this.attributes());
    const pool = kind === 'gauge' ? NUMBERS : COUNTS;
    const width = kind === 'histogram' ? bounds.length + 2 : 1;
    return {
      descriptor: {
        name: `metric_${index}`,
        description: this.#pick(TEXTS),
        unit: this.#pick(['', 's', 'By']),
        valueType: this.#pick([ValueType.INT, ValueType.DOUBLE]),
      },
      kind,
      startTimeUnixNano: 1_780_000_000_123_456_789n,
      scope: this.#pick([{ name: 'ebpf/timers', version: '0.1.0' }, { name: 'ebpf/biolatency' }, { name: '' }]),
      source: 'random',
      series,
      bounds,
      rows,
      ids: Uint32Array.from({ length: rows + 3 }, (_, row) => row * 2),
      values: Float64Array.from({ length: (rows + 3) * width }, () => this.#pick(pool)),
    };
  }

  /** The SDK's Resource takes simple values under names that are not empty. */
  resource(): Attributes {
    const lists: AnyValue[] = [['a', 'é'], [1, 2.5], []];
    return { 'service.name': this.#pick(TEXTS), 'host.cpus': this.#pick(VALUES), 'host.ip': this.#pick(lists) };
  }

  attributes(): Attributes {
    const attributes: Attributes = {};
    const count = this.#below(5);
    for (let i = 0; i < count; i++) attributes[`${this.#pick(['cpu', 'device', 'größe', ''])}${i}`] = this.#value();
    return attributes;
  }

  #value(): AnyValue {
    const roll = this.#next();
    return roll < 0.7 ? this.#pick(TEXTS) : this.#pick(roll < 0.9 ? VALUES : NESTED);
  }
  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }
  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)];
  }
}
