/**
 * A batch as the SDK's `ResourceMetrics`, for what is written per point rather than per column: OTLP/JSON, debug output,
 * and the oracle of tests. Everything is copied: the answer outlives the batch.
 */
import type { HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { FamilySlice } from './batch-slice.ts';
import { groupByScope, numberType, wholeBatch } from './batch-slice.ts';
import type { MetricBatch } from './metric-batch.ts';
import { startTimeUnixNano, stride } from './metric-batch.ts';

/** Unix nanoseconds as the SDK's pair of seconds and nanoseconds. */
export const toHrTime = (unixNano: bigint): HrTime => [
  Number(unixNano / 1_000_000_000n),
  Number(unixNano % 1_000_000_000n),
];

/** @param slices rows of families of `batch`; all by default. */
export function toResourceMetrics(
  batch: MetricBatch,
  slices: readonly FamilySlice[] = wholeBatch(batch),
): ResourceMetrics {
  const endTime = toHrTime(batch.timeUnixNano);
  return {
    resource: resourceFromAttributes(batch.resource),
    scopeMetrics: groupByScope(slices).map(({ scope, slices: ofScope }) => ({
      scope,
      metrics: ofScope.map((slice) => toMetricData(slice, endTime)),
    })),
  };
}

/** Counters are cumulative monotonic sums. */
function toMetricData(slice: FamilySlice, endTime: HrTime): MetricData {
  const { family } = slice;
  const descriptor = { ...family.descriptor, valueType: numberType(family) };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  if (family.kind === 'histogram') {
    const dataPoints = histogramPoints(slice, endTime);
    return { descriptor, aggregationTemporality, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = points(slice, endTime, (row) => family.values[row]);
  return family.kind === 'gauge'
    ? { descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }
    : { descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

function histogramPoints(slice: FamilySlice, endTime: HrTime): DataPoint<Histogram>[] {
  const { family } = slice;
  const width = stride(family);
  const boundaries = Array.from(family.bounds);
  return points(slice, endTime, (row) => {
    const counts = Array.from(family.values.subarray(row * width, row * width + width - 1));
    const count = counts.reduce((sum, bucket) => sum + bucket, 0);
    return { buckets: { boundaries, counts }, count, sum: family.values[row * width + width - 1] };
  });
}

function points<T>({ family, from, to }: FamilySlice, endTime: HrTime, value: (row: number) => T): DataPoint<T>[] {
  const ofFamily = toHrTime(family.startTimeUnixNano);
  return Array.from({ length: to - from }, (_, i) => ({
    startTime:
      family.series.startTimesUnixNano === undefined ? ofFamily : toHrTime(startTimeUnixNano(family, from + i)),
    endTime,
    attributes: family.series.attributes[family.ids[from + i]] ?? {},
    value: value(from + i),
  }));
}
