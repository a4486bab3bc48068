/** Spans as the collector's debug exporter prints them. */
import type { SpanBatch, SpanData } from '../../src/component.ts';
import { toHrTime } from '../../src/resource-metrics.ts';
import { asString, oneLine, timestamp } from './go-format.ts';
import { attributeLines } from './metrics-text.ts';

/** One line a span. */
export const normalSpans = ({ spans }: SpanBatch): string => spans.map(normalSpan).join('\n');

const normalSpan = ({ name, traceId, spanId, attributes }: SpanData): string =>
  [
    oneLine(name),
    traceId,
    spanId,
    ...Object.entries(attributes).map(([key, value]) => `${key}=${asString(value)}`),
  ].join(' ');

/** All there is, by resource: a span with a service of its own has its own resource. */
export function detailedSpans(batch: SpanBatch): string {
  const lines: string[] = [];
  const services = Map.groupBy(batch.spans, ({ service }) => service);
  for (const [service, spans] of services) {
    const resource = service === undefined ? batch.resource : { ...batch.resource, 'service.name': service };
    lines.push(`ResourceSpans #${[...services.keys()].indexOf(service)}`, 'Resource SchemaURL: ');
    lines.push(...attributeLines('Resource attributes', resource));
    lines.push(
      'ScopeSpans #0',
      'ScopeSpans SchemaURL: ',
      `InstrumentationScope ${batch.scope.name} ${batch.scope.version ?? ''}`,
    );
    lines.push(...spans.flatMap(detailedSpan));
  }
  return lines.join('\n');
}

const field = (name: string, value: string): string => `    ${name.padEnd(15)}: ${value}`;

function detailedSpan(span: SpanData, index: number): string[] {
  return [
    `Span #${index}`,
    field('Trace ID', span.traceId),
    field('Parent ID', span.parentSpanId ?? ''),
    field('ID', span.spanId),
    field('Name', oneLine(span.name)),
    field('Kind', 'Internal'),
    field('Start time', timestamp(toHrTime(span.startTimeUnixNano))),
    field('End time', timestamp(toHrTime(span.endTimeUnixNano))),
    field('Status code', 'Unset'),
    field('Status message', ''),
    ...attributeLines('Attributes', span.attributes),
  ];
}
