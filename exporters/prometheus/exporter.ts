/** Each GET collects all sources, writes them as one page and sends it: fresh at each scrape, no cached copy. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Exporter, Settings } from '../../src/component.ts';
import type { MetricSource } from '../../src/metric-batch.ts';
import { BasicAuth } from './basic-auth.ts';
import type { PrometheusConfig } from './config.ts';
import { shownAddress } from './listen.ts';
import type { Format } from './line-shape.ts';
import { acceptsGzip, chooseFormat } from './negotiate.ts';
import { OwnMetrics } from './own-metrics.ts';
import type { PageBuffer } from './page-buffer.ts';
import { PageBufferPool } from './page-buffer.ts';
import { route } from './routes.ts';
import type { Handlers } from './server.ts';
import type { Claim } from './endpoints.ts';
import { claim, release } from './endpoints.ts';
import { TextWriter } from './text-writer.ts';
import { writerOptions } from './writer-options.ts';

/** For a page of 8 MB level 1 took a third of level 6's time for 15 % more bytes; larger chunks save turns of the event loop. */
const GZIP = { level: 1, chunkSize: 64 * 1024 };
const compress = promisify<Buffer, typeof GZIP, Buffer>(gzip);

export class PrometheusExporter implements Exporter {
  readonly #config: PrometheusConfig;
  readonly #settings: Settings;
  readonly #own: OwnMetrics;
  readonly #writer: TextWriter;
  readonly #claim: Claim;
  readonly #auth: BasicAuth | undefined;
  readonly #pool = new PageBufferPool();
  #sources: readonly MetricSource[] = [];
  #inFlight = 0;

  constructor(settings: Settings, config: PrometheusConfig) {
    this.#config = config;
    this.#settings = settings;
    this.#own = new OwnMetrics(settings);
    this.#writer = new TextWriter(writerOptions(config), this.#own);
    const handlers: Handlers = {
      request: (request, response) => this.#answer(request, response),
      refused: (reason) => this.#own.failed(reason),
      lost: (error) => settings.fatal(error),
      tlsNotReloaded: (error) => settings.logger.warn('TLS files not reloaded', { error }),
    };
    const { basic_auth_users: users } = config;
    this.#auth = Object.keys(users).length > 0 ? new BasicAuth(users) : undefined;
    this.#claim = { config, handlers, generation: settings.generation };
  }

  connect(sources: readonly MetricSource[]): void {
    this.#sources = sources;
  }

  /** @throws Error when the endpoint can't be listened on */
  async start(): Promise<void> {
    const { endpoint, tls, telemetry_path: path } = this.#config;
    const [server] = await claim(this.#claim);
    const { shown, open } = shownAddress(endpoint, server);
    const scheme = tls === undefined ? 'http' : 'https';
    this.#settings.logger.info('serving metrics', { url: `${scheme}://${shown}${path}` });
    if (!open) return;
    if (this.#auth === undefined)
      this.#settings.logger.warn('listening on every interface: who reaches this machine can read its metrics', {
        endpoint,
      });
    else if (tls === undefined)
      this.#settings.logger.warn('listening on every interface without tls: passwords can be read on their way', {
        endpoint,
      });
  }

  shutdown(): Promise<void> {
    return release(this.#claim);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(this.#config.response_headers)) response.setHeader(name, value);
    if (!this.#config.keep_alives_enabled) response.setHeader('Connection', 'close');
    response.once('close', () => {
      if (response.writableFinished) this.#own.answered(response.statusCode);
    });
    if (this.#auth === undefined) this.#route(request, response);
    else void this.#authenticate(this.#auth, request, response);
  }

  /** Before anything is told, that a path is not there included. Never rejects. */
  async #authenticate(auth: BasicAuth, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const verdict = await auth.check(request.headers.authorization);
    if (response.destroyed) return this.#own.failed('client_closed');
    if (verdict === 'allowed') return this.#route(request, response);
    if (verdict === 'denied') response.setHeader('WWW-Authenticate', 'Basic realm="metrics", charset="UTF-8"');
    this.#own.failed(verdict === 'denied' ? 'unauthorized' : 'authentication_limit');
    if (verdict === 'denied') fail(response, 401, 'Unauthorized\n');
    else fail(response, 503, 'Too many passwords are being checked, try again later.\n');
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    if (!route(request, response, this.#config, this.#settings.version)) return;
    if (this.#inFlight >= this.#config.max_requests_in_flight) {
      this.#own.failed('in_flight_limit');
      fail(response, 503, `Limit of concurrent requests reached (${this.#inFlight}), try again later.\n`);
      return;
    }
    void this.#scrape(request, response);
  }

  /** Never rejects. The page's buffer is the response's until that closes. */
  async #scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#inFlight++;
    const page = this.#pool.take();
    const { accept, 'accept-encoding': encodings } = request.headers;
    const { format, contentType } = chooseFormat(accept, this.#config.enable_open_metrics);
    const zipped = acceptsGzip(encodings);
    let points = 0;
    try {
      points = this.#collect(page, format);
      const body = zipped ? await compress(page.page(), GZIP) : page.page();
      response.writeHead(200, {
        ...pageHeaders(contentType, body.length),
        ...(zipped ? { 'Content-Encoding': 'gzip' } : {}),
      });
      const outcome = await send(response, body, this.#config.write_timeout);
      if (outcome === 'sent') this.#own.sent(points);
      else this.#own.failed(outcome, points);
    } catch (error) {
      this.#own.failed('collect_failed', points);
      this.#settings.logger.error('no page', { error });
      fail(response, 500, "The metrics could not be collected; the agent's log says why.\n");
    } finally {
      this.#pool.giveBack(page);
      this.#inFlight--;
    }
  }

  #collect(page: PageBuffer, format: Format): number {
    const batches = this.#sources.map((source) => source.collect());
    return this.#writer.write(batches, page, format);
  }
}

const pageHeaders = (contentType: string, length: number): Record<string, string | number> => ({
  'Content-Type': contentType,
  'Content-Length': length,
  Vary: 'Accept, Accept-Encoding',
});

type Outcome = 'sent' | 'write_timeout' | 'client_closed';

/** Resolves when the response is closed. A client that has not taken it all after `timeoutMs` (0: any time) is cut off. */
function send(response: ServerResponse, body: Buffer, timeoutMs: number): Promise<Outcome> {
  if (response.destroyed) return Promise.resolve('client_closed');
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let late = false;
  const cutOff = (): void => {
    late = true;
    response.destroy();
  };
  const timer = timeoutMs > 0 ? setTimeout(cutOff, timeoutMs).unref() : undefined;
  response.once('close', () => {
    clearTimeout(timer);
    resolve(response.writableFinished ? 'sent' : late ? 'write_timeout' : 'client_closed');
  });
  response.end(body);
  return promise;
}

function fail(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}
