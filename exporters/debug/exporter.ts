/** The debug exporter: collects like any push exporter, and prints. */
import type { Attributes } from '@opentelemetry/api';
import type { Exporter, OwnMetric, Settings, SpanBatch } from '../../src/component.ts';
import type { MetricBatch, MetricSource } from '../../src/metric-batch.ts';
import { countPoints } from '../../src/metric-batch.ts';
import { PeriodicCollector } from '../../src/push.ts';
import type { DebugConfig } from './config.ts';
import type { Output } from './output.ts';
import { openOutput } from './output.ts';
import { Sampler } from './sampler.ts';
import type { TextWriter } from './text.ts';

export class DebugExporter implements Exporter {
  readonly #config: DebugConfig;
  readonly #settings: Settings;
  readonly #sampler: Sampler;
  readonly #attributes: Attributes;
  readonly #sentPoints: OwnMetric;
  readonly #sentSpans: OwnMetric;
  #sources: readonly MetricSource[] = [];
  #collector: PeriodicCollector | undefined;
  #output: Output | undefined;
  /** Of verbosities beyond `basic`. */
  #text: TextWriter | undefined;

  constructor(settings: Settings, config: DebugConfig) {
    this.#settings = settings;
    this.#config = config;
    this.#sampler = new Sampler(config.sampling_initial, config.sampling_thereafter);
    this.#attributes = Object.freeze({ exporter: settings.id });
    const { telemetry } = settings;
    this.#sentPoints = telemetry.counter('otelcol_exporter_sent_metric_points', 'Data points sent');
    this.#sentSpans = telemetry.counter('otelcol_exporter_sent_spans', 'Spans sent');
  }

  connect(sources: readonly MetricSource[]): void {
    this.#sources = sources;
  }

  /** @throws Error when a file of output_paths cannot be opened */
  async start(): Promise<void> {
    this.#output = openOutput(this.#config, this.#settings.logger);
    const { verbosity } = this.#config;
    if (verbosity !== 'basic') this.#text = (await import('./text.ts')).textWriter(verbosity);
    this.#collector = new PeriodicCollector(
      this.#sources,
      (_, batch) => this.#printMetrics(batch),
      this.#settings.logger,
    );
    this.#collector.start();
  }

  consumeSpans(batch: SpanBatch): void {
    this.#sentSpans.add(batch.spans.length, this.#attributes);
    if (batch.spans.length === 0 || !this.#sampler.take()) return;
    const resources = new Set(batch.spans.map(({ service }) => service)).size;
    this.#output?.summary('Traces', { 'resource spans': resources, spans: batch.spans.length });
    this.#text?.spans(batch, (text) => this.#output?.text(text));
  }

  /** What there is is printed once more. */
  async flush(): Promise<void> {
    await this.#collector?.stop();
    await this.#collector?.collectNow();
  }

  async shutdown(): Promise<void> {
    await this.#collector?.stop();
    this.#output?.close();
    this.#output = undefined;
  }

  #printMetrics(batch: MetricBatch): void {
    const points = countPoints(batch);
    this.#sentPoints.add(points, this.#attributes);
    if (points === 0 || !this.#sampler.take()) return;
    const metrics = batch.families.filter(({ rows }) => rows > 0).length;
    this.#output?.summary('Metrics', { 'resource metrics': 1, metrics, 'data points': points });
    this.#text?.metrics(batch, (text) => this.#output?.text(text));
  }
}
