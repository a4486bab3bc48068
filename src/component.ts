/** Contracts between the agent and its components. A component is a folder named by its type with a factory in `index.ts`. */
import type { Attributes } from '@opentelemetry/api';
import type { KeyLabel, MetricBatch, MetricFamily, MetricSource } from './metric-batch.ts';
import type { ObjectSchema } from './schema.ts';

export type Kind = 'receiver' | 'processor' | 'exporter' | 'extension';
export type Signal = 'metrics' | 'traces';

/** Structured log, one line per call. Attributes named `error` take any value. */
export interface Logger {
  debug(message: string, attributes?: Record<string, unknown>): void;
  info(message: string, attributes?: Record<string, unknown>): void;
  warn(message: string, attributes?: Record<string, unknown>): void;
  error(message: string, attributes?: Record<string, unknown>): void;
}

/** A number of the agent's own telemetry; `add` for counters, `set` for gauges. Attributes make it a series of its own. */
export interface OwnMetric {
  add(value: number, attributes?: Attributes): void;
  set(value: number, attributes?: Attributes): void;
  /** Forgets a series, where there is one. */
  delete(attributes: Attributes): void;
}

/** The agent's own telemetry. The same name asked for twice is the same metric. `name` is whole: `otelcol_exporter_sent_metric_points`. */
export interface Telemetry {
  counter(name: string, description: string, unit?: string): OwnMetric;
  gauge(name: string, description: string, unit?: string): OwnMetric;
  /** Called before own metrics are collected, to `set` gauges that are cheaper to read than to keep. */
  onCollect(callback: () => void): void;
}

/** What every component is given when it is made. */
export interface Settings {
  /** `type` or `type/name`, as in the config. */
  readonly id: string;
  readonly kind: Kind;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly version: string;
  /** Counts the agents of this process: at a reload two live for a moment, and the newer takes over what the older holds. */
  readonly generation: number;
  /** Stops the agent with exit status 1 for a reason that no retry mends (a lost listener). */
  readonly fatal: (error: Error) => void;
}

/**
 * Lifecycle law. `start` runs once, receivers last-needed-first: exporters' `start` comes after that of what feeds them.
 * `shutdown` is safe without `start` and when called twice; background work has ended when it resolves.
 */
export interface Component {
  start?(): Promise<void> | void;
  shutdown?(): Promise<void> | void;
  /** Files that it was made from, which `run --watch` follows; they need not exist. */
  inputs?(): readonly string[];
}

/** One instance is shared by all pipelines that name it; each pipeline asks it for a scraper of its own. */
export interface Receiver extends Component {
  /** Own buffers and series tables per pipeline, so that two pipelines or exporters never disturb each other. */
  scraper?(): Scraper;
  /** Push of finished spans into traces pipelines. */
  onSpans?(consumer: SpanConsumer): void;
}

export interface Scraper {
  readonly intervalMs: number;
  readonly initialDelayMs: number;
  /** Synchronous read of everything; the families are valid until the next call. Never throws: what fails costs itself and is counted. */
  scrape(): MetricFamily[];
}

/** One instance per pipeline. `process` changes the batch in place: attributes of `fresh` series, the resource, families. */
export interface Processor extends Component {
  process(batch: MetricBatch): void;
  processSpans?(batch: SpanBatch): void;
}

/** One instance is shared by all pipelines that name it. */
export interface Exporter extends Component {
  /** Called once before `start` with every pipeline's source and the agent's own telemetry as the last. */
  connect?(sources: readonly MetricSource[]): void;
  /** Reads what there is once more and sends it: before receivers are shut down. Resolves also when that failed. */
  flush?(): Promise<void>;
  consumeSpans?(batch: SpanBatch): void;
}

/** Finished spans; ids are lower-case hex, times are Unix nanoseconds. Valid during the call. */
export interface SpanBatch {
  resource: Attributes;
  scope: { readonly name: string; readonly version?: string };
  spans: SpanData[];
  /** Ring buffer records that a decoding processor has yet to turn into `spans`. */
  records: SpanRecords[];
}
/** Records of one ring buffer, as the program config describes them (spec/programs.md, "Spans"). */
export interface SpanRecords {
  readonly source: string;
  readonly labels: readonly KeyLabel[];
  /** The span's name where no label gives one. */
  readonly name: string;
  /** Its `service.name`, or ''. */
  readonly service: string;
  readonly records: readonly Uint8Array[];
}
export interface SpanData {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: bigint;
  endTimeUnixNano: bigint;
  attributes: Attributes;
  /** `service.name` of this span where it differs from the agent's resource. */
  service?: string;
}
export type SpanConsumer = (batch: SpanBatch) => void;

/** How a type is made. `aliases` are accepted old names (`otlphttp`), told to the user as deprecated once. */
export interface Factory<Config, Made extends Component> {
  readonly type: string;
  readonly aliases?: readonly string[];
  readonly signals: readonly Signal[];
  readonly stability: 'development' | 'alpha' | 'beta' | 'stable';
  readonly description: string;
  readonly config: ObjectSchema<Config>;
  /** Checks beyond the schema, of files that the config names. Starts nothing; with `load` the kernel is asked too. */
  validate?(config: Config, options: { readonly load: boolean }): readonly Fault[];
  create(settings: Settings, config: Config): Made;
}

/** A config error with its place; lines and columns count from 1. */
export interface Fault {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** `metrics::counters::0::labels` */
  readonly path?: string;
  readonly message: string;
  /** It is told, but stops nothing. */
  readonly harmless?: boolean;
}
export type ReceiverFactory<C> = Factory<C, Receiver>;
export type ProcessorFactory<C> = Factory<C, Processor>;
export type ExporterFactory<C> = Factory<C, Exporter>;
export type ExtensionFactory<C> = Factory<C, Component>;
