/** Spans as OpenTelemetry's serializers take them. Loaded with the first span. */
import type { Attributes } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { SpanBatch, SpanData } from '../../src/component.ts';
import { toHrTime } from '../../src/resource-metrics.ts';

export type ReadableSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];

export const encodeSpans = (batches: readonly SpanBatch[]): Uint8Array<ArrayBuffer> =>
  ProtobufTraceSerializer.serializeRequest(toReadableSpans(batches)) as Uint8Array<ArrayBuffer>;

/** The serializers group by the identity of resource and scope: equal ones are one object here. */
export function toReadableSpans(batches: readonly SpanBatch[]): ReadableSpan[] {
  const resources = new Map<string, ReadableSpan['resource']>();
  const scopes = new Map<string, SpanBatch['scope']>();
  const resource = (attributes: Attributes, service: string | undefined): ReadableSpan['resource'] => {
    const all = service === undefined ? attributes : { ...attributes, 'service.name': service };
    return shared(resources, JSON.stringify(all), () => resourceFromAttributes(all));
  };
  return batches.flatMap((batch) => {
    const scope = shared(scopes, JSON.stringify([batch.scope.name, batch.scope.version]), () => batch.scope);
    const byService = new Map<string | undefined, ReadableSpan['resource']>();
    const of = (service: string | undefined): ReadableSpan['resource'] =>
      shared(byService, service, () => resource(batch.resource, service));
    return batch.spans.map((span) => toReadableSpan(span, scope, of(span.service)));
  });
}

function shared<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function toReadableSpan(span: SpanData, scope: SpanBatch['scope'], resource: ReadableSpan['resource']): ReadableSpan {
  const context = (spanId: string): ReturnType<ReadableSpan['spanContext']> => ({
    traceId: span.traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
  });
  return {
    name: span.name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context(span.spanId),
    ...(span.parentSpanId === undefined ? {} : { parentSpanContext: context(span.parentSpanId) }),
    startTime: toHrTime(span.startTimeUnixNano),
    endTime: toHrTime(span.endTimeUnixNano),
    duration: toHrTime(span.endTimeUnixNano - span.startTimeUnixNano),
    status: { code: SpanStatusCode.UNSET },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
