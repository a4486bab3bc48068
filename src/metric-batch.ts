/**
 * What flows through a metrics pipeline: columns, not objects. Attributes are a function of the key, computed once per
 * series and named by an integer; a scrape touches numbers only (docs/decisions/001-columnar-batch.md).
 */
import type { Attributes, ValueType } from '@opentelemetry/api';

/** OpenTelemetry's `MetricDescriptor`; `valueType` decides between OTLP `as_int` and `as_double`. */
export interface MetricDescriptor {
  readonly name: string;
  readonly description: string;
  /** UCUM (`s`, `By`, `{event}`), or '' when the program's author gave none. */
  readonly unit: string;
  readonly valueType: ValueType;
}

/** One decoder of a label's chain with the options its YAML gave it (spec/programs.md, "Labels and decoders"). */
export interface DecoderSpec {
  readonly name: string;
  readonly static_map?: Readonly<Record<string, string>>;
  readonly allow_unknown?: boolean;
  readonly regexps?: readonly string[];
}

/** A run of bytes of a map key and how it becomes the attribute `name`. */
export interface KeyLabel {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly decoders: readonly DecoderSpec[];
}

/**
 * The series of one family, by id. Exporters read `attributes`; decoding processors also read keys.
 *
 * `attributes[id]` is the same object for as long as the series has the same attributes, so an exporter may cache what
 * it makes of them and compare by identity. `null`: the series is left out (a `regexp` did not match, a bad key);
 * `undefined`: not decoded yet.
 */
export interface Series {
  readonly labels: readonly KeyLabel[];
  readonly attributes: (Attributes | null | undefined)[];
  /** Ids whose attributes processors must (re)compute in this `collect()`; empty in the steady state. */
  readonly fresh: readonly number[];
  /**
   * By id, where a series began later than its family: it came after the first scrape, came back, or its count fell (an
   * entry was evicted or deleted). 0 and what lies beyond the end: the family's start. Absent: all began with it.
   */
  readonly startTimesUnixNano?: BigUint64Array;
  /** The raw key bytes of a series: a view, valid during the call. Empty for series without a key. */
  key(id: number): Uint8Array;
  /** The answer given for `id` may change (a cgroup not seen yet): it is `fresh` again at the next `collect()`. */
  unsettled(id: number): void;
  /** Called by the pipeline after the processors: adds up rows with equal attributes, takes out those left out. */
  fold(family: MetricFamily): void;
}

/**
 * One metric: `rows` rows of `ids[row]` and `stride` values from `values[row * stride]` on.
 *
 * counter, gauge: stride 1. histogram: stride `bounds.length + 2`: the count of each bucket (not cumulative) in the order
 * of `bounds`, the count above the last bound, the sum. `_count` is the sum of all counts.
 * No id occurs twice, and no two rows have equal attributes, once the pipeline has folded the batch.
 */
export interface MetricFamily {
  readonly descriptor: MetricDescriptor;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly startTimeUnixNano: bigint;
  readonly scope: InstrumentationScope;
  /** What a log line or an error counter names: the program config that the family came from, or the component. */
  readonly source: string;
  readonly series: Series;
  readonly bounds: Float64Array;
  rows: number;
  ids: Uint32Array;
  values: Float64Array;
}

export interface InstrumentationScope {
  readonly name: string;
  readonly version?: string;
}

/** Valid until the next `collect()` of the same source; who needs it longer copies it. */
export interface MetricBatch {
  resource: Attributes;
  timeUnixNano: bigint;
  families: MetricFamily[];
}

/** Values per row of a family. */
export const stride = (family: MetricFamily): number => (family.kind === 'histogram' ? family.bounds.length + 2 : 1);

/** Data points of a batch, as OpenTelemetry counts them: a histogram row is one point. */
export const countPoints = (batch: MetricBatch): number => batch.families.reduce((sum, family) => sum + family.rows, 0);

/** When the series of a row began to count. */
export function startTimeUnixNano({ series, ids, startTimeUnixNano: ofFamily }: MetricFamily, row: number): bigint {
  const own = series.startTimesUnixNano?.[ids[row]] ?? 0n;
  return own === 0n ? ofFamily : own;
}

/** What an exporter holds: the specification's MetricReader/MetricProducer relation. Synchronous; reads afresh each time. */
export interface MetricSource {
  /** The pipeline's id (`metrics/second`), or `service::telemetry`. */
  readonly id: string;
  /** How often a push exporter collects, and how long it waits first; a pull ignores both. Milliseconds. */
  readonly intervalMs: number;
  readonly initialDelayMs: number;
  collect(): MetricBatch;
}
