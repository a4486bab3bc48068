/**
 * The agent's own telemetry, named as the collector names its own (`otelcol_…`) and kept in the pipeline's own columns, so
 * that it takes the same way out as everything else: on each exporter's page, and over OTLP.
 */
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { OwnMetric, Telemetry } from './component.ts';
import type { InstrumentationScope, MetricBatch, MetricFamily, MetricSource } from './metric-batch.ts';
import { AttributeSeries } from './series-table.ts';

/** The scope of metrics with whole names (`otelcol_…`): exporters give these no namespace. */
export const OWN_SCOPE = 'ebpf-otel-agent';
/** The scope of built-in metrics of programs (`enabled_configs`): named and prefixed like the programs' own. */
const BUILT_IN_SCOPE = 'ebpf-otel-agent/programs';
export type Level = 'none' | 'basic' | 'normal' | 'detailed';

class OwnFamily implements OwnMetric {
  readonly family: MetricFamily;
  readonly #series = new AttributeSeries();
  readonly #idByKey = new Map<string, number>();
  #last: Attributes | undefined;
  #lastId = -1;

  constructor(kind: 'counter' | 'gauge', name: string, description: string, unit: string, version: string) {
    const scope: InstrumentationScope = { name: name.startsWith('otelcol_') ? OWN_SCOPE : BUILT_IN_SCOPE, version };
    this.family = {
      descriptor: { name, description, unit, valueType: unit === 's' ? ValueType.DOUBLE : ValueType.INT },
      kind,
      scope,
      source: OWN_SCOPE,
      startTimeUnixNano: BigInt(Date.now()) * 1_000_000n,
      series: this.#series,
      bounds: new Float64Array(0),
      rows: 0,
      ids: new Uint32Array(4),
      values: new Float64Array(4),
    };
  }

  add(value: number, attributes: Attributes = {}): void {
    const id = this.#id(attributes); // first: a new series may replace the columns
    this.family.values[id] += value;
  }
  set(value: number, attributes: Attributes = {}): void {
    const id = this.#id(attributes);
    this.family.values[id] = value;
  }

  /** The last series takes its place. */
  delete(attributes: Attributes): void {
    const key = JSON.stringify(attributes);
    const id = this.#idByKey.get(key);
    if (id === undefined) return;
    const last = --this.family.rows;
    const moved = this.#series.attributes.pop() as Attributes;
    this.#idByKey.delete(key);
    this.#last = undefined;
    if (id !== last) {
      this.#idByKey.set(JSON.stringify(moved), id);
      this.#series.attributes[id] = moved;
      this.family.values[id] = this.family.values[last];
    }
    this.family.values[last] = 0;
  }

  #id(attributes: Attributes): number {
    if (attributes === this.#last) return this.#lastId;
    const key = JSON.stringify(attributes);
    const id = this.#idByKey.get(key) ?? this.#new(key, attributes);
    this.#last = Object.isFrozen(attributes) ? attributes : undefined;
    this.#lastId = id;
    return id;
  }

  #new(key: string, attributes: Attributes): number {
    const { family } = this;
    const id = family.rows++;
    if (id >= family.ids.length) this.#grow();
    family.ids[id] = id;
    this.#series.attributes.push({ ...attributes });
    this.#idByKey.set(key, id);
    return id;
  }

  #grow(): void {
    const ids = new Uint32Array(this.family.ids.length * 2);
    const values = new Float64Array(ids.length);
    ids.set(this.family.ids);
    values.set(this.family.values);
    this.family.ids = ids;
    this.family.values = values;
  }
}

/** Own metrics of one agent. `level: none` leaves out `otelcol_…`; what is said of programs is always shown. */
export class OwnTelemetry implements Telemetry {
  readonly #families = new Map<string, OwnFamily>();
  readonly #callbacks: (() => void)[] = [];
  readonly #version: string;
  readonly #resource: Attributes;
  readonly #level: Level;

  constructor(level: Level, version: string, resource: Attributes) {
    this.#level = level;
    this.#version = version;
    this.#resource = resource;
    this.#processMetrics();
  }

  counter(name: string, description: string, unit = ''): OwnMetric {
    return this.#metric('counter', name, description, unit);
  }
  gauge(name: string, description: string, unit = ''): OwnMetric {
    return this.#metric('gauge', name, description, unit);
  }
  onCollect(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  /** A source for exporters, read like a pipeline. */
  source(intervalMs: number, initialDelayMs: number): MetricSource {
    return { id: 'service::telemetry', intervalMs, initialDelayMs, collect: () => this.#collect() };
  }

  #collect(): MetricBatch {
    for (const callback of this.#callbacks) callback();
    const shown = ({ scope, rows }: MetricFamily): boolean =>
      rows > 0 && (this.#level !== 'none' || scope.name !== OWN_SCOPE);
    const families = [...this.#families.values()].map(({ family }) => family).filter(shown);
    return { resource: { ...this.#resource }, timeUnixNano: BigInt(Date.now()) * 1_000_000n, families };
  }

  #metric(kind: 'counter' | 'gauge', name: string, description: string, unit: string): OwnMetric {
    const metric = this.#families.get(name) ?? new OwnFamily(kind, name, description, unit, this.#version);
    this.#families.set(name, metric);
    return metric;
  }

  #processMetrics(): void {
    const uptime = this.counter('otelcol_process_uptime', 'Uptime of the process', 's');
    const cpu = this.counter('otelcol_process_cpu_seconds', 'CPU user and system time of the process', 's');
    const rss = this.gauge('otelcol_process_memory_rss', 'Resident memory of the process', 'By');
    this.onCollect(() => {
      const { user, system } = process.cpuUsage();
      uptime.set(process.uptime());
      cpu.set((user + system) / 1e6);
      rss.set(process.memoryUsage.rss());
    });
  }
}
