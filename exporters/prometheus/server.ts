/** The HTTP side of a scrape: listeners, limits on connections and heads, TLS. Knows nothing of pages. */
import type { RequestListener, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Server as NetServer, Socket } from 'node:net';
import { http, https } from '../../src/node-builtins.ts';
import type { PrometheusConfig } from './config.ts';
import { MAX_TIMER_MS } from './config.ts';
import { listenAll } from './listen.ts';
import type { TlsConfig, TlsOptions } from './tls-config.ts';
import { readTls } from './tls-config.ts';

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 1024;
/** How often Node looks for requests that are late, at most. */
const MAX_CHECK_MS = 10_000;
/** How long scrapes may go on at shutdown, and how often idle connections are closed meanwhile. */
const DRAIN_MS = 1000;
const DRAIN_STEP_MS = 20;
/** What an idle_timeout of 0 means: Node has no other. */
const IDLE_MS = 60_000;

/** Why a connection was closed before there was a request to answer. */
export type Refusal = 'connection_limit' | 'malformed_request' | 'request_timeout';

export interface Handlers {
  readonly request: RequestListener;
  refused(reason: Refusal): void;
  /** A listener was lost while running. */
  lost(error: Error): void;
  tlsNotReloaded(error: unknown): void;
}

const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What a listener is made with: another one is needed when these differ. */
const SERVER_FIELDS = ['endpoint', 'tls', 'read_header_timeout', 'read_timeout', 'idle_timeout'] as const;

export const sameServer = (a: PrometheusConfig, b: PrometheusConfig): boolean =>
  SERVER_FIELDS.every((field) => JSON.stringify(a[field]) === JSON.stringify(b[field]));

export class PageServer {
  readonly config: PrometheusConfig;
  #handlers: Handlers;
  #servers: (Server | SecureServer)[] = [];
  #reload: NodeJS.Timeout | undefined;

  constructor(config: PrometheusConfig, handlers: Handlers) {
    this.config = config;
    this.#handlers = handlers;
  }

  /** @throws Error when the endpoint can't be listened on or a TLS file can't be read */
  async listen(): Promise<NetServer[]> {
    const { tls, endpoint } = this.config;
    const options = tls === undefined ? undefined : readTls(tls);
    const servers: (Server | SecureServer)[] = [];
    const listening = await listenAll(endpoint, () => {
      const server = this.#make(options);
      servers.push(server);
      return server;
    });
    this.#servers = servers.filter((server) => listening.includes(server));
    for (const server of this.#servers) server.on('error', (error) => this.#handlers.lost(error));
    if (tls !== undefined && tls.reload_interval > 0) {
      this.#reload = setInterval(() => this.#reloadTls(tls), Math.min(tls.reload_interval, MAX_TIMER_MS)).unref();
    }
    return this.#servers;
  }

  get listening(): readonly NetServer[] {
    return this.#servers;
  }

  /** Requests from now on go to these, also those of connections that are open. TLS files are read anew. */
  handOver(handlers: Handlers): void {
    this.#handlers = handlers;
    if (this.config.tls !== undefined) this.#reloadTls(this.config.tls);
  }

  /** No new connections; scrapes under way may end, for a second. */
  async close(): Promise<void> {
    clearInterval(this.#reload);
    const servers = this.#servers;
    this.#servers = [];
    const closed = Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    const idle = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), DRAIN_STEP_MS);
    const deadline = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), DRAIN_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(deadline);
  }

  /** For new connections; while a file can't be read the old ones stay in use. */
  #reloadTls(tls: TlsConfig): void {
    try {
      const options = readTls(tls);
      for (const server of this.#servers) if ('setSecureContext' in server) server.setSecureContext(options);
    } catch (error) {
      this.#handlers.tlsNotReloaded(error);
    }
  }

  #make(tls: TlsOptions | undefined): Server | SecureServer {
    const { read_header_timeout: head, read_timeout: whole, idle_timeout: idle } = this.config;
    const limits = [head, whole].filter((ms) => ms > 0);
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: whole > 0 ? Math.min(head || whole, whole) : head,
      requestTimeout: whole,
      keepAliveTimeout: idle || IDLE_MS,
      connectionsCheckingInterval: Math.min(MAX_CHECK_MS, ...limits.map((ms) => Math.max(ms / 4, 100))),
    };
    const request: RequestListener = (...exchange) => this.#handlers.request(...exchange);
    const server =
      tls === undefined ? http.createServer(options, request) : https().createServer({ ...options, ...tls }, request);
    server.maxConnections = MAX_CONNECTIONS;
    server.on('drop', () => this.#handlers.refused('connection_limit'));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#clientError(error, socket as Socket));
    return server;
  }

  #clientError({ code }: NodeJS.ErrnoException, socket: Socket): void {
    if (code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    this.#handlers.refused(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'malformed_request');
    socket.end(`HTTP/1.1 ${STATUS[code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`, () =>
      socket.destroy(),
    );
  }
}
