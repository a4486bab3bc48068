import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketNumber, buckets } from './histogram.ts';

const cases = [
  { name: 'exp2', range: { bucket_type: 'exp2', bucket_min: 0, bucket_max: 3 }, bounds: [1, 2, 4, 8], sum: 4 },
  { name: 'exp2 from 2', range: { bucket_type: 'exp2', bucket_min: 2, bucket_max: 4 }, bounds: [4, 8, 16], sum: 5 },
  { name: 'exp2zero', range: { bucket_type: 'exp2zero', bucket_min: 0, bucket_max: 3 }, bounds: [0, 1, 2, 4], sum: 4 },
  {
    name: 'linear times 50',
    range: { bucket_type: 'linear', bucket_min: 0, bucket_max: 3, bucket_multiplier: 50 },
    bounds: [0, 50, 100, 150],
    sum: 4,
  },
  { name: 'fixed', range: { bucket_type: 'fixed', bucket_keys: [1, 5, 10] }, bounds: [1, 5, 10], sum: 11 },
  {
    name: 'multiplier 0 is 1',
    range: { bucket_type: 'linear', bucket_max: 1, bucket_multiplier: 0 },
    bounds: [0, 1],
    sum: 2,
  },
  {
    name: 'microseconds',
    range: { bucket_type: 'exp2', bucket_min: 26, bucket_max: 27, bucket_multiplier: 0.000001 },
    bounds: [67.108864, 134.217728],
    sum: 28,
  },
] as const;

for (const { name, range, bounds, sum } of cases) {
  test(`${name}: bounds, columns and the sum's key`, () => {
    const made = buckets({ bucket_min: 0, bucket_max: 0, bucket_multiplier: 1, bucket_keys: [], ...range });
    assert.deepEqual([...made.bounds], bounds);
    assert.equal(made.column(sum), bounds.length + 1);
    assert.equal(made.column(sum + 1), -1);
    const first = 'bucket_keys' in range ? range.bucket_keys[0] : 'bucket_min' in range ? range.bucket_min : 0;
    assert.equal(made.column(first), 0);
  });
}

for (const [bytes, value] of [
  [[7], 7],
  [[1, 2], 0x201],
  [[1, 2, 3, 4], 0x4030201],
  [[28, 0, 0, 0, 0, 0, 0, 0], 28],
] as const) {
  test(`bucket number of ${bytes.length} bytes`, () =>
    assert.equal(bucketNumber(Uint8Array.from([9, ...bytes]), 1, bytes.length), value));
}
