/** From a decoded ring buffer record to a span: which labels are fields of the span (spec/programs.md, "Spans"), the rest attributes. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { SpanData, SpanRecords } from './component.ts';
import type { MonotonicClock } from './monotonic-clock.ts';
import { crypto } from './node-builtins.ts';

const FIELDS = new Set([
  'trace_id',
  'span_id',
  'parent_span_id',
  'span_monotonic_timestamp_ns',
  'span_duration_ns',
  'span_name',
]);
/** Names the program config that a span came from. */
const CONFIG_ATTRIBUTE = 'ebpf.config';
const NONE = /^0*$/;

/** @param decoded label name -> text. Ids that are missing or all zero are made up, a parent is then absent. */
export function toSpan(decoded: Attributes, from: SpanRecords, clock: MonotonicClock): SpanData {
  const field = (name: string): string => text(decoded[name] ?? '');
  const started = field('span_monotonic_timestamp_ns');
  const start = clock.toUnixNano(started === '' ? process.hrtime.bigint() : toBigInt(started));
  const attributes = Object.fromEntries(Object.entries(decoded).filter(([name]) => !FIELDS.has(name)));
  return {
    name: field('span_name') || from.name,
    traceId: id(field('trace_id'), 16),
    spanId: id(field('span_id'), 8),
    ...(NONE.test(field('parent_span_id')) ? {} : { parentSpanId: field('parent_span_id') }),
    startTimeUnixNano: start,
    endTimeUnixNano: start + toBigInt(field('span_duration_ns')),
    attributes: { ...attributes, [CONFIG_ATTRIBUTE]: from.source },
    ...(from.service === '' ? {} : { service: from.service }),
  };
}

const text = (value: AttributeValue): string => (typeof value === 'string' ? value : '');
const id = (hex: string, bytes: number): string => (NONE.test(hex) ? crypto.randomBytes(bytes).toString('hex') : hex);
const toBigInt = (decimal: string): bigint => (/^\d+$/.test(decimal) ? BigInt(decimal) : 0n);
