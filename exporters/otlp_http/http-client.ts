/** One POST over node:http(s): timeout, bounded answer, no redirects. Knows nothing of OTLP. */
import type { Agent as HttpAgent } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { http, https } from '../../src/node-builtins.ts';
import type { Logger } from '../../src/component.ts';
import type { OtlpHttpConfig } from './config.ts';
import type { Answer } from './response.ts';
import type { TlsOptions } from './tls-config.ts';
import { readTls } from './tls-config.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
/** Go's default, which is what the collector's 0 means. */
const IDLE_PER_HOST = 2;
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/i;

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Ends the attempt at once. */
  readonly signal: AbortSignal;
}

/** An attempt without an answer. `code` is the system's (`ECONNREFUSED`) or `timeout`. */
export class HttpError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Keeps connections; `close` ends them. */
export class HttpClient {
  readonly #config: OtlpHttpConfig;
  readonly #logger: Logger;
  readonly #agents = new Map<string, HttpAgent>();
  #tls: TlsOptions | undefined;
  #tlsReadAt = 0;

  constructor(config: OtlpHttpConfig, logger: Logger) {
    this.#config = config;
    this.#logger = logger;
  }

  /** Reads the TLS files, so that a fault in them is known at start. @throws Error */
  prepare(): void {
    this.#tls = readTls(this.#config.tls);
    this.#tlsReadAt = performance.now();
  }

  /** Rejects with HttpError. */
  async post(post: Post): Promise<Answer> {
    // A server may close an idle connection just when it is taken again; each such failure uses one up.
    for (;;) {
      try {
        return await this.#attempt(post);
      } catch (error) {
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #attempt({ url, headers, body, signal }: Post): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const secure = url.protocol === 'https:';
    const send = secure ? https().request : http.request;
    const options = { method: 'POST', headers: { ...headers, 'content-length': body.length }, agent: this.#agent(url) };
    const request = send(url, options, (response) => {
      // From here on the response tells of the end, which comes after the request's own.
      request.off('close', closed);
      readAnswer(response, resolve);
    });
    const closed = (): void => reject(new HttpError('ECONNRESET', 'connection closed before an answer came'));
    const { timeout } = this.#config;
    const expire = (): void => void request.destroy(new HttpError('timeout', `no answer within ${timeout} ms`));
    const timer = timeout > 0 ? setTimeout(expire, timeout) : undefined;
    const abort = (): void => void request.destroy(new HttpError('shutdown', 'shut down before an answer came'));
    signal.addEventListener('abort', abort);
    request.on('error', (error) => reject(toHttpError(request, error)));
    request.on('close', closed);
    if (signal.aborted) abort();
    else request.end(body);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    });
  }

  #agent(url: URL): HttpAgent {
    if (url.protocol === 'https:') this.#reloadTls();
    const direct = LOOPBACK.test(url.hostname) && this.#config.proxy_url === undefined;
    const key = `${url.protocol}${direct}`;
    const agent = this.#agents.get(key) ?? this.#newAgent(url.protocol, direct);
    this.#agents.set(key, agent);
    return agent;
  }

  #newAgent(protocol: string, direct: boolean): HttpAgent {
    const config = this.#config;
    const proxy = config.proxy_url;
    const options = {
      keepAlive: !config.disable_keep_alives,
      maxSockets: config.max_conns_per_host || Infinity,
      maxFreeSockets: Math.min(config.max_idle_conns_per_host || IDLE_PER_HOST, config.max_idle_conns || Infinity),
      timeout: config.idle_conn_timeout || undefined,
      proxyEnv: direct ? {} : proxy === undefined ? process.env : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy },
    };
    return protocol === 'https:' ? new (https().Agent)({ ...options, ...this.#tls }) : new http.Agent(options);
  }

  /** New connections use new files; a fault in them leaves the old ones in use. */
  #reloadTls(): void {
    const every = this.#config.tls.reload_interval;
    if (this.#tls !== undefined && (every === 0 || performance.now() - this.#tlsReadAt < every)) return;
    try {
      const before = JSON.stringify(this.#tls);
      this.prepare();
      // Connections in use are left to end by themselves.
      if (JSON.stringify(this.#tls) !== before) this.#agents.clear();
    } catch (error) {
      if (this.#tls === undefined) throw error;
      this.#tlsReadAt = performance.now();
      this.#logger.warn('TLS files not reloaded', { error });
    }
  }
}

/** The status decides: a body that is too long, ends early or never ends does not change what the backend has done. */
function readAnswer(response: IncomingMessage, resolve: (answer: Answer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const done = (): void => {
    const body = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES);
    resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
  };
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_ANSWER_BYTES) response.destroy();
  });
  response.on('error', done);
  response.on('close', done);
}

class StaleConnection extends Error {}

function toHttpError(request: ClientRequest, error: NodeJS.ErrnoException): Error {
  if (error instanceof HttpError) return error;
  if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return new StaleConnection();
  return new HttpError(error.code ?? 'other', error.message || String(error.code));
}
