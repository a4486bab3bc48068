/** Spans as the collector's debug exporter prints them. */
import type { SpanBatch, SpanData } from '../../src/component.ts';
import { toHrTime } from '../../src/resource-metrics.ts';
import { asString, timestamp } from './go-format.ts';
import { attributeLines } from './metrics-text.ts';

/** One line a span. */
export function normalSpans({ spans }: SpanBatch): string {
  const line = ({ name, traceId, spanId, attributes }: SpanData): string =>
    [name, traceId, spanId, ...Object.entries(attributes).map(([key, value]) => `${key}=${asString(value)}`)].join(' ');
  return spans.map(line).join('\n');
}

/** All there is, by resource: a span with a service of its own has its own resource. */
export function detailedSpans(batch: SpanBatch): string {
  const { scope } = batch;
  const services = Map.groupBy(batch.spans, ({ service }) => service);
  return [...services]
    .flatMap(([service, spans], i) => [
      `ResourceSpans #${i}`,
      'Resource SchemaURL: ',
      ...attributeLines('Resource attributes', {
        ...batch.resource,
        ...(service === undefined ? {} : { 'service.name': service }),
      }),
      'ScopeSpans #0',
      'ScopeSpans SchemaURL: ',
      `InstrumentationScope ${scope.name} ${scope.version ?? ''}`,
      ...spans.flatMap(detailedSpan),
    ])
    .join('\n');
}

function detailedSpan(span: SpanData, index: number): string[] {
  const field = (name: string, value: string): string => `    ${name.padEnd(15)}: ${value}`;
  return [
    `Span #${index}`,
    field('Trace ID', span.traceId),
    field('Parent ID', span.parentSpanId ?? ''),
    field('ID', span.spanId),
    field('Name', span.name),
    field('Kind', 'Internal'),
    field('Start time', timestamp(toHrTime(span.startTimeUnixNano))),
    field('End time', timestamp(toHrTime(span.endTimeUnixNano))),
    field('Status code', 'Unset'),
    field('Status message', ''),
    ...attributeLines('Attributes', span.attributes),
  ];
}
