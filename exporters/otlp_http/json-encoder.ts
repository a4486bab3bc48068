/** OTLP/JSON by OpenTelemetry's own serializers. Loaded only where `encoding: json` asks for it. */
import { JsonMetricsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { SpanBatch } from '../../src/component.ts';
import { countRows, sliceBatch } from '../../src/batch-slice.ts';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { stride } from '../../src/metric-batch.ts';
import { toResourceMetrics } from '../../src/resource-metrics.ts';
import type { EncodedPart } from './encoding.ts';
import { toReadableSpans } from './readable-spans.ts';

/** A generous guess of what a row takes: 250 bytes of times and attributes and 12 for each number. */
const POINT_BYTES = 250;
const VALUE_BYTES = 12;

export function encodeMetricsJson(batch: MetricBatch, maxBytes: number): EncodedPart[] {
  const parts = sliceBatch(batch, maxBytes, (family) => {
    const cost = POINT_BYTES + VALUE_BYTES * (stride(family) + family.bounds.length);
    return () => cost;
  });
  return parts.map((slices) => ({
    bytes: own(JsonMetricsSerializer.serializeRequest(toResourceMetrics(batch, slices))),
    items: countRows(slices),
  }));
}

export const encodeSpansJson = (batches: readonly SpanBatch[]): Uint8Array<ArrayBuffer> =>
  own(JsonTraceSerializer.serializeRequest(toReadableSpans(batches)));

function own(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  return bytes instanceof Uint8Array ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(0);
}
