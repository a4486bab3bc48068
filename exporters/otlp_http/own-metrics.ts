/** The collector's metrics of an exporter, and log lines of losses at a bounded rate. */
import type { Attributes } from '@opentelemetry/api';
import type { OwnMetric, Settings } from '../../src/component.ts';
import type { Signal } from './request-options.ts';

type Counted = 'sent' | 'send_failed' | 'enqueue_failed';

const NOUNS = { metrics: 'metric_points', traces: 'spans' } as const;
const TEXTS = { sent: 'sent', send_failed: 'given up', enqueue_failed: 'not taken into the queue' } as const;
const LOG_EVERY_MS = 30_000;

export class ExporterMetrics {
  readonly #settings: Settings;
  readonly #attributes: Attributes;
  readonly #counters: Record<Counted, Record<Signal, OwnMetric>>;
  readonly #logged = new Map<string, { at: number; unlogged: number }>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#attributes = Object.freeze({ exporter: settings.id });
    const bySignal = (what: Counted): Record<Signal, OwnMetric> => ({
      metrics: this.#counter(what, 'metrics'),
      traces: this.#counter(what, 'traces'),
    });
    this.#counters = {
      sent: bySignal('sent'),
      send_failed: bySignal('send_failed'),
      enqueue_failed: bySignal('enqueue_failed'),
    };
  }

  /** Gauges that are read when own metrics are collected. */
  watch(read: () => { size: number; capacity: number; inFlight: number }): void {
    const { telemetry } = this.#settings;
    const size = telemetry.gauge('otelcol_exporter_queue_size', 'What the sending queue holds, in units of its sizer');
    const capacity = telemetry.gauge('otelcol_exporter_queue_capacity', 'What the sending queue can hold');
    const inFlight = telemetry.gauge('otelcol_exporter_in_flight_requests', 'Requests under way');
    telemetry.onCollect(() => {
      const now = read();
      size.set(now.size, this.#attributes);
      capacity.set(now.capacity, this.#attributes);
      inFlight.set(now.inFlight, this.#attributes);
    });
  }

  sent(signal: Signal, items: number): void {
    this.#counters.sent[signal].add(items, this.#attributes);
  }

  /** @param errorType OpenTelemetry's `error.type`: the reason, of few values */
  lost(
    what: 'send_failed' | 'enqueue_failed',
    signal: Signal,
    items: number,
    errorType: string,
    message: string,
  ): void {
    this.#counters[what][signal].add(items, { ...this.#attributes, 'error.type': errorType });
    this.log(`${NOUNS[signal]} ${TEXTS[what]}`, errorType, { items, error: message });
  }

  /** One line per reason in 30 seconds; the next one tells how many were left out. */
  log(text: string, errorType: string, attributes: Record<string, unknown>): void {
    const key = `${text} ${errorType}`;
    const now = performance.now();
    const last = this.#logged.get(key);
    if (last !== undefined && now - last.at < LOG_EVERY_MS) {
      last.unlogged++;
      return;
    }
    this.#logged.set(key, { at: now, unlogged: 0 });
    const repeated = last === undefined || last.unlogged === 0 ? {} : { not_logged_since: last.unlogged };
    this.#settings.logger.warn(text, { ...attributes, 'error.type': errorType, ...repeated });
  }

  #counter(what: Counted, signal: Signal): OwnMetric {
    const name = `otelcol_exporter_${what}_${NOUNS[signal]}`;
    const counter = this.#settings.telemetry.counter(
      name,
      `${signal === 'metrics' ? 'Data points' : 'Spans'} ${TEXTS[what]}`,
    );
    counter.add(0, this.#attributes);
    return counter;
  }
}
