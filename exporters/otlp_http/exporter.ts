/** The exporter: collect on time, encode, compress, queue, send. */
import type { Exporter, Settings, SpanBatch } from '../../src/component.ts';
import type { MetricBatch, MetricSource } from '../../src/metric-batch.ts';
import { PeriodicCollector } from '../../src/push.ts';
import { compress } from './compression.ts';
import type { OtlpHttpConfig } from './config.ts';
import type { EncodedPart } from './encoding.ts';
import { HttpClient } from './http-client.ts';
import { MetricsEncoder } from './metrics-encoder.ts';
import { ExporterMetrics } from './own-metrics.ts';
import type { Signal } from './request-options.ts';
import { effectiveQueue, requestHeaders, requestUrls } from './request-options.ts';
import { pause } from './retry.ts';
import { Sender } from './sender.ts';
import type { Ticket } from './sending-queue.ts';
import { SendingQueue } from './sending-queue.ts';
import { SpanBuffer } from './span-buffer.ts';

/** Before compression: receivers take 20 MiB by default, the collector's among them. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
const FLUSH_MS = 2000;
/** Span requests being encoded or compressed; more means that this machine does not keep up. */
const MAX_PENDING_SPAN_REQUESTS = 64;
const OWN_TELEMETRY = 'service::telemetry';

export class OtlpHttpExporter implements Exporter {
  readonly #config: OtlpHttpConfig;
  readonly #settings: Settings;
  readonly #client: HttpClient;
  readonly #metrics: ExporterMetrics;
  readonly #sender: Sender;
  readonly #queue: SendingQueue;
  readonly #urls: Readonly<Record<Signal, URL | undefined>>;
  readonly #encoders = new WeakMap<MetricSource, MetricsEncoder>();
  readonly #spans = new SpanBuffer((batches, count) => this.#sendSpans(batches, count));
  readonly #pendingSpans = new Set<Promise<void>>();
  #sources: readonly MetricSource[] = [];
  #collector: PeriodicCollector | undefined;
  #encodeJson: ((batch: MetricBatch, maxBytes: number) => EncodedPart[]) | undefined;
  #closed = false;

  constructor(settings: Settings, config: OtlpHttpConfig) {
    this.#settings = settings;
    this.#config = { ...config, sending_queue: effectiveQueue(config.sending_queue) };
    this.#urls = requestUrls(config);
    this.#client = new HttpClient(config, settings.logger);
    this.#metrics = new ExporterMetrics(settings);
    const [headers, retry] = [requestHeaders(settings, config), config.retry_on_failure];
    this.#sender = new Sender({ client: this.#client, metrics: this.#metrics, retry, headers, urls: this.#urls });
    this.#queue = new SendingQueue(this.#config.sending_queue, (request) => this.#sender.send(request));
    const capacity = this.#config.sending_queue.queue_size;
    this.#metrics.watch(() => ({ size: this.#queue.size, capacity, inFlight: this.#queue.inFlight }));
  }

  connect(sources: readonly MetricSource[]): void {
    this.#sources = sources;
  }

  /** @throws Error for TLS files that cannot be read, and for metrics without a place to send them to */
  async start(): Promise<void> {
    if (this.#urls.metrics === undefined && this.#sources.some(({ id }) => id !== OWN_TELEMETRY)) {
      throw new Error('a metrics pipeline needs "endpoint" or "metrics_endpoint"');
    }
    if (Object.values(this.#urls).some((url) => url?.protocol === 'https:')) this.#client.prepare();
    if (this.#config.encoding === 'json') this.#encodeJson = (await import('./json-encoder.ts')).encodeMetricsJson;
    const sources = this.#urls.metrics === undefined ? [] : this.#sources;
    this.#collector = new PeriodicCollector(
      sources,
      (source, batch) => this.#push(source, batch),
      this.#settings.logger,
    );
    this.#collector.start();
  }

  consumeSpans(batch: SpanBatch): void {
    if (this.#closed) this.#metrics.lost('enqueue_failed', 'traces', batch.spans.length, 'shutdown', 'shut down');
    else this.#spans.add(batch);
  }

  /** A last push, and one attempt for everything that waits: two seconds for all of it. */
  async flush(): Promise<void> {
    if (this.#closed) return;
    this.#sender.drain();
    await Promise.race([this.#drain(), pause(FLUSH_MS, this.#sender.ended)]);
  }

  /** Ends what is under way; what is left is dropped and counted. */
  async shutdown(): Promise<void> {
    if (this.#closed) return;
    this.#spans.flush();
    this.#closed = true;
    this.#sender.end();
    for (const { signal, items } of this.#queue.clear()) {
      this.#metrics.lost('send_failed', signal, items, 'shutdown', 'shut down before it was sent');
    }
    await Promise.all([...this.#pendingSpans, this.#collector?.stop(), this.#queue.idle()]);
    this.#client.close();
  }

  async #drain(): Promise<void> {
    this.#spans.flush();
    await this.#collector?.stop();
    await this.#collector?.collectNow();
    await Promise.all(this.#pendingSpans);
    await this.#queue.idle();
  }

  /** Encodes before the first await: then the batch is free. */
  async #push(source: MetricSource, batch: MetricBatch): Promise<void> {
    const results: Promise<void>[] = [];
    for (const part of this.#encode(source, batch)) {
      const ticket = await this.#enqueue('metrics', part);
      if (ticket !== undefined) results.push(ticket.done);
    }
    if (this.#config.sending_queue.wait_for_result) await Promise.all(results);
  }

  #encode(source: MetricSource, batch: MetricBatch): EncodedPart[] {
    if (this.#encodeJson !== undefined) return this.#encodeJson(batch, MAX_REQUEST_BYTES);
    const encoder = this.#encoders.get(source) ?? new MetricsEncoder();
    this.#encoders.set(source, encoder);
    return encoder.encode(batch, MAX_REQUEST_BYTES);
  }

  #sendSpans(batches: readonly SpanBatch[], items: number): void {
    const reason = this.#urls.traces === undefined ? 'no_endpoint' : 'queue_full';
    if (this.#urls.traces === undefined || this.#pendingSpans.size >= MAX_PENDING_SPAN_REQUESTS) {
      return this.#metrics.lost('enqueue_failed', 'traces', items, reason, 'spans cannot be sent');
    }
    const pending = this.#encodeSpans(batches, items).finally(() => this.#pendingSpans.delete(pending));
    this.#pendingSpans.add(pending);
  }

  async #encodeSpans(batches: readonly SpanBatch[], items: number): Promise<void> {
    try {
      const json = this.#config.encoding === 'json';
      const encode = json
        ? (await import('./json-encoder.ts')).encodeSpansJson
        : (await import('./readable-spans.ts')).encodeSpans;
      await this.#enqueue('traces', { bytes: encode(batches), items });
    } catch (error) {
      this.#metrics.lost('enqueue_failed', 'traces', items, 'encoding', String(error));
    }
  }

  async #enqueue(signal: Signal, { bytes, items }: EncodedPart): Promise<Ticket | undefined> {
    const { compression, compression_params: params, sending_queue: queue } = this.#config;
    const request = { signal, items, body: await compress(compression, params.level, bytes) };
    // Spans are events: they do not wait for room.
    const waits = queue.block_on_overflow && signal === 'metrics' && !this.#closed;
    if (waits) await this.#queue.room(request, this.#sender.ended);
    const ticket = this.#closed ? undefined : this.#queue.offer(request);
    if (ticket !== undefined) return ticket;
    const [reason, text] = this.#closed ? ['shutdown', 'shut down'] : ['queue_full', 'sending queue is full'];
    this.#metrics.lost('enqueue_failed', signal, items, reason, text);
    return undefined;
  }
}
