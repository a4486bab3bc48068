import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { RandomBatches } from '../test/support/random-batch.ts';
import { groupByScope, numberType, sliceBatch, wholeBatch } from './batch-slice.ts';
import type { MetricBatch, MetricFamily } from './metric-batch.ts';

const random = new RandomBatches(3);
const family = (rows: number, more: Partial<MetricFamily> = {}): MetricFamily => ({
  ...random.family(0, 10),
  rows,
  ...more,
});
const batchOf = (...rows: number[]): MetricBatch => ({
  ...random.batch(0),
  families: rows.map((count) => family(count)),
});

describe('sliceBatch', () => {
  const cases = [
    { name: 'fits', rows: [2, 3], limit: 5, cost: () => 1, out: [['0:0-2', '1:0-3']] },
    { name: 'cuts inside a family', rows: [2, 3], limit: 4, cost: () => 1, out: [['0:0-2', '1:0-2'], ['1:2-3']] },
    { name: 'cuts between families', rows: [2, 2], limit: 2, cost: () => 1, out: [['0:0-2'], ['1:0-2']] },
    {
      name: 'a row above the limit stands alone',
      rows: [3],
      limit: 4,
      cost: (row: number) => [1, 9, 1][row],
      out: [['0:0-1'], ['0:1-2'], ['0:2-3']],
    },
    { name: 'empty families are left out', rows: [0, 1, 0], limit: 4, cost: () => 1, out: [['1:0-1']] },
    { name: 'nothing', rows: [0], limit: 4, cost: () => 1, out: [] },
  ];
  for (const { name, rows, limit, cost, out } of cases) {
    it(name, () => {
      const batch = batchOf(...rows);
      const parts = sliceBatch(batch, limit, () => cost);
      const text = parts.map((part) =>
        part.map(({ family: of, from, to }) => `${batch.families.indexOf(of)}:${from}-${to}`),
      );
      assert.deepEqual(text, out);
    });
  }
});

it('groupByScope keeps the order of first appearance and tells versions apart', () => {
  const scopes = [{ name: 'b' }, { name: 'a', version: '1' }, { name: 'b' }, { name: 'a' }];
  const batch = { ...random.batch(0), families: scopes.map((scope) => family(1, { scope })) };
  const groups = groupByScope(wholeBatch(batch)).map(({ scope, slices }) => [scope.name, scope.version, slices.length]);
  assert.deepEqual(groups, [
    ['b', undefined, 2],
    ['a', '1', 1],
    ['a', undefined, 1],
  ]);
});

describe('numberType', () => {
  const { INT, DOUBLE } = ValueType;
  const cases = [
    { name: 'whole numbers', type: INT, values: [0, -5, 2 ** 62], out: INT },
    { name: 'told to be double', type: DOUBLE, values: [1], out: DOUBLE },
    { name: 'a u64 above int64', type: INT, values: [1, 2 ** 63], out: DOUBLE },
    { name: 'the lowest int64', type: INT, values: [-(2 ** 63)], out: INT },
    { name: 'a fraction', type: INT, values: [1, 0.5], out: DOUBLE },
    { name: 'not a number', type: INT, values: [NaN], out: DOUBLE },
    { name: 'infinite', type: INT, values: [-Infinity], out: DOUBLE },
    { name: 'beyond the rows', type: INT, values: [1], rest: [0.5], out: INT },
  ];
  for (const { name, type, values, rest = [], out } of cases) {
    it(name, () => {
      const descriptor = { name: 'm', description: '', unit: '', valueType: type };
      const of = family(values.length, { kind: 'counter', descriptor, values: Float64Array.of(...values, ...rest) });
      assert.equal(numberType(of), out);
    });
  }
});
