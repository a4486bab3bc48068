import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { FamilySlice } from '../../src/batch-slice.ts';
import { countRows, wholeBatch } from '../../src/batch-slice.ts';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { countPoints } from '../../src/metric-batch.ts';
import type { AttributeSeries } from '../../src/series-table.ts';
import { toResourceMetrics } from '../../src/resource-metrics.ts';
import { RandomBatches } from '../../test/support/random-batch.ts';
import { MetricsEncoder } from './metrics-encoder.ts';

const NO_LIMIT = 2 ** 30;

function assertEqualsOracle(bytes: Uint8Array, batch: MetricBatch, slices?: readonly FamilySlice[]): void {
  const expected = Buffer.from(ProtobufMetricsSerializer.serializeRequest(toResourceMetrics(batch, slices)) ?? []);
  let first = 0;
  while (first < bytes.length && bytes[first] === expected[first]) first++;
  assert.ok(
    expected.equals(bytes),
    `${bytes.length} bytes, ${expected.length} expected; the first that differs: ${first}`,
  );
}

describe('protobuf equals the SDK serializer byte for byte', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const batch = new RandomBatches(seed).batch();
    if (countPoints(batch) === 0) continue;
    it(`random batch ${seed}`, () => assertEqualsOracle(new MetricsEncoder().encode(batch, NO_LIMIT)[0].bytes, batch));
  }

  it('again and again with one encoder, while values, rows, order and attributes change', () => {
    const random = new RandomBatches(42);
    const encoder = new MetricsEncoder();
    const batch = random.batch(6, 50);
    for (let round = 0; round < 500; round++) {
      const family = batch.families[round % 6];
      family.values.reverse();
      family.ids.subarray(0, family.rows).reverse();
      family.series.attributes[family.ids[0]] = random.attributes();
      assertEqualsOracle(encoder.encode(batch, NO_LIMIT)[0].bytes, batch);
    }
  });
});

it('start times of series equal the SDK serializer byte for byte', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const batch = new RandomBatches(seed).batch(4, 20);
    for (const { series } of batch.families) {
      // Every third series has its own; the table may end before the ids do.
      const own = (id: number): bigint => (id % 3 === 0 ? 1_785_000_000_123_456_789n + BigInt(id) : 0n);
      const starts = BigUint64Array.from({ length: series.attributes.length >> 1 }, (_, id) => own(id));
      (series as AttributeSeries).startTimesUnixNano = starts;
    }
    if (countPoints(batch) > 0) assertEqualsOracle(new MetricsEncoder().encode(batch, NO_LIMIT)[0].bytes, batch);
  }
});

describe('parts', () => {
  const batch = new RandomBatches(7).batch(5, 400);

  it('hold each row once, in order, and stay below the limit', () => {
    const limit = 6000;
    const parts = new MetricsEncoder().encode(batch, limit);
    assert.ok(parts.length > 3);
    const rest = wholeBatch(batch);
    for (const { bytes, items } of parts) {
      assertEqualsOracle(bytes, batch, take(rest, items));
      // Resource, scopes and descriptors come on top of the rows.
      assert.ok(bytes.length < limit + 3000, `${bytes.length} bytes`);
    }
    assert.deepEqual(rest, []);
  });

  it('count every point once, whatever the limit', () => {
    for (const limit of [1, 500, NO_LIMIT]) {
      const parts = new MetricsEncoder().encode(batch, limit);
      assert.equal(
        parts.reduce((sum, { items }) => sum + items, 0),
        countPoints(batch),
      );
    }
  });

  it('are none when there is no row', () => {
    assert.deepEqual(new MetricsEncoder().encode(new RandomBatches(1).batch(3, 0), NO_LIMIT), []);
  });
});

/** Takes `rows` rows from the front of `slices`. */
function take(slices: FamilySlice[], rows: number): FamilySlice[] {
  const taken: FamilySlice[] = [];
  for (let left = rows; left > 0; left = rows - countRows(taken)) {
    const { family, from, to } = slices.shift() as FamilySlice;
    const end = Math.min(to, from + left);
    taken.push({ family, from, to: end });
    if (end < to) slices.unshift({ family, from: end, to });
  }
  return taken;
}
