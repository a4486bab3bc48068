/** Sends one request until it is taken, refused or given up, and counts which. */
import { HttpError } from './http-client.ts';
import type { HttpClient } from './http-client.ts';
import type { ExporterMetrics } from './own-metrics.ts';
import type { Signal } from './request-options.ts';
import { classify } from './response.ts';
import type { Outcome } from './response.ts';
import { Backoff, pause } from './retry.ts';
import type { RetryConfig } from './config.ts';
import type { OutgoingRequest } from './sending-queue.ts';

export interface SenderOptions {
  readonly client: HttpClient;
  readonly metrics: ExporterMetrics;
  readonly retry: RetryConfig;
  readonly headers: Readonly<Record<string, string>>;
  readonly urls: Readonly<Record<Signal, URL | undefined>>;
}

export class Sender {
  readonly #options: SenderOptions;
  /** Aborted: those that wait try once more at once, and nobody waits again. */
  readonly #draining = new AbortController();
  /** Aborted: attempts under way end. */
  readonly #ended = new AbortController();

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  drain(): void {
    this.#draining.abort();
  }
  end(): void {
    this.#draining.abort();
    this.#ended.abort();
  }
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Never rejects. */
  async send(request: OutgoingRequest): Promise<void> {
    const begin = performance.now();
    const backoff = new Backoff(this.#options.retry);
    for (;;) {
      const last = this.#draining.signal.aborted;
      const outcome = await this.#attempt(request);
      if (outcome.kind === 'success') return this.#succeeded(request, outcome);
      if (outcome.kind === 'permanent') return this.#failed(request, outcome.errorType, outcome.message);
      const wait = last ? undefined : backoff.next(performance.now() - begin, outcome.retryAfterMs);
      if (wait === undefined) return this.#failed(request, outcome.errorType, `no more retries: ${outcome.message}`);
      this.#options.metrics.log('request failed, will be retried', outcome.errorType, { error: outcome.message });
      await pause(wait, this.#draining.signal);
    }
  }

  async #attempt({ signal, body }: OutgoingRequest): Promise<Outcome> {
    const { client, headers, urls } = this.#options;
    try {
      return classify(await client.post({ url: urls[signal] as URL, headers, body, signal: this.ended }));
    } catch (error) {
      // Network errors, TLS included, are worth a retry, as in the collector.
      const errorType = error instanceof HttpError ? error.code : 'other';
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'retryable', errorType, message, retryAfterMs: 0 };
    }
  }

  #succeeded({ signal, items }: OutgoingRequest, { rejected, message }: { rejected: number; message: string }): void {
    const { metrics } = this.#options;
    const refused = Math.min(Math.max(Math.trunc(rejected), 0), items);
    metrics.sent(signal, items - refused);
    if (refused > 0) metrics.lost('send_failed', signal, refused, 'partial_success', message);
    else if (message !== '') metrics.log('partial success', 'partial_success', { error: message });
  }

  #failed({ signal, items }: OutgoingRequest, errorType: string, message: string): void {
    this.#options.metrics.lost('send_failed', signal, items, errorType, message);
  }
}
