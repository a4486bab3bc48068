/** Metrics as the collector's debug exporter prints them. */
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { asString, fixed, integer, shortest, timestamp, typed } from './go-format.ts';

const TYPE_NAMES = {
  [DataPointType.GAUGE]: 'Gauge',
  [DataPointType.SUM]: 'Sum',
  [DataPointType.HISTOGRAM]: 'Histogram',
  [DataPointType.EXPONENTIAL_HISTOGRAM]: 'ExponentialHistogram',
};

const pairs = (attributes: Attributes): string[] =>
  Object.entries(attributes).map(([key, value]) => `${key}=${asString(value)}`);
const isHistogram = (point: DataPoint<unknown>): point is DataPoint<Histogram> => typeof point.value === 'object';

/** One line a point. */
export function normalMetrics({ resource, scopeMetrics }: ResourceMetrics): string {
  const lines = [`ResourceMetrics #0 ${pairs(resource.attributes).join(' ')}`.trimEnd()];
  for (const { scope, metrics } of scopeMetrics) {
    lines.push(`ScopeMetrics #0 ${scope.name}${scope.version ? `@${scope.version}` : ''}`.trimEnd());
    for (const metric of metrics) lines.push(...metric.dataPoints.map((point) => normalPoint(metric, point)));
  }
  return lines.join('\n');
}

function normalPoint({ descriptor }: MetricData, point: DataPoint<unknown>): string {
  return `${descriptor.name}{${pairs(point.attributes).join(',')}} ${normalValue(point, descriptor.valueType)}`;
}

function normalValue(point: DataPoint<unknown>, type: ValueType): string {
  if (!isHistogram(point))
    return type === ValueType.INT ? integer(point.value as number) : shortest(point.value as number);
  const { count, sum, buckets } = point.value;
  const { boundaries } = buckets;
  const counts = buckets.counts.map(
    (bucket, i) => `${i < boundaries.length ? `le${shortest(boundaries[i])}=` : ''}${integer(bucket)}`,
  );
  return [`count=${integer(count)}`, `sum=${shortest(sum ?? 0)}`, ...counts].join(' ');
}

/** All there is, a line a field. */
export function detailedMetrics({ resource, scopeMetrics }: ResourceMetrics): string {
  const lines = [
    'ResourceMetrics #0',
    'Resource SchemaURL: ',
    ...attributeLines('Resource attributes', resource.attributes),
  ];
  scopeMetrics.forEach(({ scope, metrics }, i) => {
    lines.push(
      `ScopeMetrics #${i}`,
      'ScopeMetrics SchemaURL: ',
      `InstrumentationScope ${scope.name} ${scope.version ?? ''}`,
    );
    metrics.forEach((metric, j) => lines.push(...detailedMetric(metric, j)));
  });
  return lines.join('\n');
}

export function attributeLines(header: string, attributes: Attributes): string[] {
  const entries = Object.entries(attributes);
  return entries.length === 0
    ? []
    : [`${header}:`, ...entries.map(([key, value]) => `     -> ${key}: ${typed(value)}`)];
}

const field = (key: string, value: string): string => `     -> ${key}: ${value}`;

function detailedMetric(metric: MetricData, index: number): string[] {
  const { name, description, unit } = metric.descriptor;
  const lines = [
    `Metric #${index}`,
    'Descriptor:',
    field('Name', name),
    field('Description', description),
    field('Unit', unit),
    field('DataType', TYPE_NAMES[metric.dataPointType]),
  ];
  if (metric.dataPointType === DataPointType.SUM) lines.push(field('IsMonotonic', String(metric.isMonotonic)));
  if (metric.dataPointType !== DataPointType.GAUGE) lines.push(field('AggregationTemporality', 'Cumulative'));
  metric.dataPoints.forEach((point, i) => lines.push(...detailedPoint(point, i, metric.descriptor.valueType)));
  return lines;
}

function detailedPoint(point: DataPoint<unknown>, index: number, type: ValueType): string[] {
  const value = point.value as number;
  return [
    `${isHistogram(point) ? 'Histogram' : 'Number'}DataPoints #${index}`,
    ...attributeLines('Data point attributes', point.attributes),
    `StartTimestamp: ${timestamp(point.startTime)}`,
    `Timestamp: ${timestamp(point.endTime)}`,
    ...(isHistogram(point)
      ? histogramLines(point.value)
      : [`Value: ${type === ValueType.INT ? integer(value) : fixed(value)}`]),
  ];
}

function histogramLines({ count, sum, buckets }: Histogram): string[] {
  return [
    `Count: ${integer(count)}`,
    `Sum: ${fixed(sum ?? 0)}`,
    ...buckets.boundaries.map((bound, i) => `ExplicitBounds #${i}: ${fixed(bound)}`),
    ...buckets.counts.map((bucket, i) => `Buckets #${i}, Count: ${integer(bucket)}`),
  ];
}
