/** A pipeline: receivers' scrapers -> processors -> fold. Synchronous, so one stack trace shows the whole way of a reading. */
import type { Attributes } from '@opentelemetry/api';
import type { Exporter, Logger, OwnMetric, Processor, Scraper, SpanBatch, Telemetry } from './component.ts';
import type { MetricBatch, MetricFamily, MetricSource } from './metric-batch.ts';
import { countPoints } from './metric-batch.ts';

interface Named<T> {
  readonly id: string;
  readonly part: T;
}

export interface PipelineParts {
  readonly id: string;
  readonly scrapers: readonly Named<Scraper>[];
  readonly processors: readonly Named<Processor>[];
  readonly resource: Attributes;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
}

/** What exporters of a metrics pipeline hold. Two exporters read the maps twice: values are cumulative, so neither disturbs the other. */
export class MetricPipeline implements MetricSource {
  readonly id: string;
  readonly intervalMs: number;
  readonly initialDelayMs: number;
  readonly #parts: PipelineParts;
  readonly #accepted: OwnMetric;
  readonly #scraped: OwnMetric;
  readonly #failed: OwnMetric;
  readonly #incoming: OwnMetric;
  readonly #outgoing: OwnMetric;

  constructor(parts: PipelineParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.intervalMs = Math.min(...parts.scrapers.map(({ part }) => part.intervalMs));
    this.initialDelayMs = Math.min(...parts.scrapers.map(({ part }) => part.initialDelayMs));
    const { telemetry } = parts;
    this.#accepted = telemetry.counter('otelcol_receiver_accepted_metric_points', 'Data points given to a pipeline');
    this.#scraped = telemetry.counter('otelcol_scraper_scraped_metric_points', 'Data points read by a receiver');
    this.#failed = telemetry.counter('otelcol_scraper_errored_metric_points', 'Reads that failed as a whole');
    this.#incoming = telemetry.counter('otelcol_processor_incoming_items', 'Data points given to a processor');
    this.#outgoing = telemetry.counter('otelcol_processor_outgoing_items', 'Data points that left a processor');
  }

  collect(): MetricBatch {
    const families: MetricFamily[] = [];
    for (const { id, part } of this.#parts.scrapers) families.push(...this.#scrape(id, part));
    const batch: MetricBatch = {
      resource: { ...this.#parts.resource },
      timeUnixNano: BigInt(Date.now()) * 1_000_000n,
      families,
    };
    for (const { id, part } of this.#parts.processors) this.#process(id, part, batch);
    for (const family of batch.families) family.series.fold(family);
    return batch;
  }

  /** A receiver that throws against its contract costs its own families, not the page. */
  #scrape(id: string, scraper: Scraper): MetricFamily[] {
    const attributes = { receiver: id, scraper: id };
    try {
      const families = scraper.scrape();
      const points = families.reduce((sum, family) => sum + family.rows, 0);
      this.#scraped.add(points, attributes);
      this.#accepted.add(points, { receiver: id, transport: 'bpf' });
      return families;
    } catch (error) {
      this.#failed.add(1, attributes);
      this.#parts.logger.error('scrape failed', { receiver: id, error });
      return [];
    }
  }

  #process(id: string, processor: Processor, batch: MetricBatch): void {
    const attributes = { processor: id, otel_signal: 'metrics' };
    this.#incoming.add(countPoints(batch), attributes);
    processor.process(batch);
    this.#outgoing.add(countPoints(batch), attributes);
  }
}

/** Spans are events, not readings: they are pushed through as they come. */
export function spanPipeline(
  resource: Attributes,
  processors: readonly Processor[],
  exporters: readonly Exporter[],
): (batch: SpanBatch) => void {
  return (batch) => {
    batch.resource = { ...resource, ...batch.resource };
    for (const processor of processors) processor.processSpans?.(batch);
    for (const exporter of exporters) exporter.consumeSpans?.(batch);
  };
}
