/** What this exporter says of itself: nothing that it does not send goes uncounted, and each fault is logged once. */
import type { OwnMetric, Settings } from '../../src/component.ts';
import type { DropReason, Losses } from './text-writer.ts';

/** Why a scrape got no page. */
export type Failure =
  | 'in_flight_limit'
  | 'write_timeout'
  | 'client_closed'
  | 'collect_failed'
  | 'connection_limit'
  | 'malformed_request'
  | 'request_timeout'
  | 'unauthorized'
  | 'authentication_limit';

/** Log lines that are remembered, so that a fault of each scrape is told once. */
const MAX_TOLD = 1000;

export class OwnMetrics implements Losses {
  readonly #settings: Settings;
  readonly #sent: OwnMetric;
  readonly #sendFailed: OwnMetric;
  readonly #requests: OwnMetric;
  readonly #failures: OwnMetric;
  readonly #dropped: OwnMetric;
  readonly #exporter: Readonly<{ exporter: string }>;
  readonly #told = new Set<string>();

  constructor(settings: Settings) {
    const { telemetry } = settings;
    this.#settings = settings;
    this.#exporter = Object.freeze({ exporter: settings.id });
    this.#sent = telemetry.counter('otelcol_exporter_sent_metric_points', 'Data points sent');
    this.#sendFailed = telemetry.counter(
      'otelcol_exporter_send_failed_metric_points',
      'Data points that could not be sent',
    );
    this.#requests = telemetry.counter('otelcol_exporter_prometheus_requests', 'Answered requests, by status code');
    this.#failures = telemetry.counter(
      'otelcol_exporter_prometheus_failed_requests',
      'Requests that got no page, by reason',
    );
    this.#dropped = telemetry.counter(
      'otelcol_exporter_prometheus_dropped_metric_points',
      'Data points left out, by reason',
    );
    this.#sent.add(0, this.#exporter);
    this.#sendFailed.add(0, this.#exporter);
  }

  sent(points: number): void {
    this.#sent.add(points, this.#exporter);
  }
  answered(code: number): void {
    this.#requests.add(1, { ...this.#exporter, code: String(code) });
  }

  /** @param points on the page that was made for nothing */
  failed(reason: Failure, points = 0): void {
    this.#failures.add(1, { ...this.#exporter, reason });
    this.#sendFailed.add(points, this.#exporter);
  }

  drop(reason: DropReason, points: number, metric: string, detail: string): void {
    if (points === 0) return;
    this.#dropped.add(points, { ...this.#exporter, reason });
    this.#warnOnce('series left out', { reason, metric, detail });
  }
  differingHelp(metric: string, shown: string, other: string): void {
    this.#warnOnce('one metric has different help texts', { metric, shown, other });
  }

  #warnOnce(message: string, attributes: Record<string, string>): void {
    const key = JSON.stringify([message, attributes]);
    if (this.#told.has(key)) return;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.add(key);
    this.#settings.logger.warn(message, attributes);
  }
}
