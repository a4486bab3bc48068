import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { MetricBatch, MetricFamily } from './metric-batch.ts';
import { toHrTime, toResourceMetrics } from './resource-metrics.ts';
import { AttributeSeries } from './series-table.ts';

function family(
  kind: MetricFamily['kind'],
  bounds: number[],
  rows: { attributes: Record<string, string>; values: number[] }[],
): MetricFamily {
  const series = new AttributeSeries();
  series.attributes.push({ unused: 'yes' }, ...rows.map(({ attributes }) => attributes));
  return {
    descriptor: { name: `a_${kind}`, description: 'Help', unit: 's', valueType: ValueType.INT },
    kind,
    startTimeUnixNano: 1_700_000_000_000_000_001n,
    scope: { name: 'ebpf/test', version: '1' },
    source: 'test',
    series,
    bounds: Float64Array.from(bounds),
    rows: rows.length,
    ids: Uint32Array.from(rows, (_, row) => row + 1),
    values: Float64Array.from(rows.flatMap(({ values }) => values)),
  };
}

const batch = (...families: MetricFamily[]): MetricBatch => ({
  resource: { 'service.name': 'x', 'host.ids': ['a', 'b'] },
  timeUnixNano: 1_700_000_060_999_999_999n,
  families,
});
const times = { startTime: [1_700_000_000, 1], endTime: [1_700_000_060, 999_999_999] };
const temporality = { aggregationTemporality: AggregationTemporality.CUMULATIVE };

describe('toResourceMetrics', () => {
  const point = { attributes: { cpu: '0' }, values: [7] };
  const histogram = { attributes: { device: 'sda' }, values: [1, 2, 3, 0.75] };
  const cases = [
    {
      name: 'counter: a cumulative monotonic sum',
      in: family('counter', [], [point]),
      out: {
        ...temporality,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: [{ ...times, attributes: { cpu: '0' }, value: 7 }],
      },
    },
    {
      name: 'gauge',
      in: family('gauge', [], [point]),
      out: {
        ...temporality,
        dataPointType: DataPointType.GAUGE,
        dataPoints: [{ ...times, attributes: { cpu: '0' }, value: 7 }],
      },
    },
    {
      name: 'histogram: counts per bucket, the one above the last bound too',
      in: family('histogram', [0.1, 1], [histogram]),
      out: {
        ...temporality,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: [
          {
            ...times,
            attributes: { device: 'sda' },
            value: { buckets: { boundaries: [0.1, 1], counts: [1, 2, 3] }, count: 6, sum: 0.75 },
          },
        ],
      },
    },
  ];
  for (const { name, in: input, out } of cases) {
    it(name, () => {
      const { resource, scopeMetrics } = toResourceMetrics(batch(input));
      assert.deepEqual(resource.attributes, { 'service.name': 'x', 'host.ids': ['a', 'b'] });
      assert.deepEqual(scopeMetrics, [{ scope: input.scope, metrics: [{ descriptor: input.descriptor, ...out }] }]);
    });
  }

  it('outlives the batch', () => {
    const input = family('histogram', [0.1, 1], [histogram]);
    const answer = toResourceMetrics(batch(input));
    const before = structuredClone(answer.scopeMetrics);
    input.values.fill(NaN);
    input.bounds.fill(NaN);
    input.ids.fill(0);
    assert.deepEqual(answer.scopeMetrics, before);
  });

  it('takes a part of the rows', () => {
    const input = family(
      'counter',
      [],
      [point, { attributes: { cpu: '1' }, values: [8] }, { attributes: { cpu: '2' }, values: [9] }],
    );
    const [{ metrics }] = toResourceMetrics(batch(input), [{ family: input, from: 1, to: 2 }]).scopeMetrics;
    assert.deepEqual(
      metrics[0].dataPoints.map(({ value }) => value),
      [8],
    );
  });
});

describe('toHrTime', () => {
  const cases = [
    { name: '0', in: 0n, out: [0, 0] },
    { name: 'one nanosecond short of a second', in: 999_999_999n, out: [0, 999_999_999] },
    { name: 'a time now keeps its nanoseconds', in: 1_790_000_000_123_456_789n, out: [1_790_000_000, 123_456_789] },
  ];
  for (const { name, in: input, out } of cases) it(name, () => assert.deepEqual(toHrTime(input), out));
});
