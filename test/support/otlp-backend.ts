/** A backend on the loopback that answers as a test tells it and keeps what it was sent. */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Decompressed. */
  readonly body: Buffer;
  readonly at: number;
}

/** Answers a request whose body has been read. */
export type Answerer = (response: ServerResponse, received: Received) => void;

const decoders: Record<string, (body: Buffer) => Buffer> = {
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
  deflate: inflateSync,
  zlib: inflateSync,
};

export const reply =
  (status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ''): Answerer =>
  (response) =>
    response.writeHead(status, headers).end(body);

export class OtlpBackend {
  readonly received: Received[] = [];
  readonly url: string;
  /** How all requests but the first, `answers` of them, are answered. */
  fallback: Answerer = reply(200);
  readonly #answers: Answerer[];
  readonly #server: ReturnType<typeof createServer>;
  #arrived = Promise.withResolvers<void>();

  /** Use `start`. */
  private constructor(secure: ServerOptions | undefined, answers: Answerer[]) {
    const listener: RequestListener = (request, response) => void this.#take(request, response);
    this.#server = secure === undefined ? createServer(listener) : createSecureServer(secure, listener);
    this.#server.listen(0, '127.0.0.1');
    this.#answers = answers;
    this.url = secure === undefined ? 'http' : 'https';
  }

  static async start(answers: Answerer[] = [], secure?: ServerOptions): Promise<OtlpBackend> {
    const backend = new OtlpBackend(secure, answers);
    await once(backend.#server, 'listening');
    const { port } = backend.#server.address() as AddressInfo;
    Object.assign(backend, { url: `${backend.url}://127.0.0.1:${port}` });
    return backend;
  }

  /** Resolves when that many requests have come in all. */
  async requests(count: number): Promise<readonly Received[]> {
    while (this.received.length < count) await this.#arrived.promise;
    return this.received;
  }

  connections(): Promise<number> {
    return promisify(this.#server.getConnections.bind(this.#server))();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const decode = decoders[request.headers['content-encoding'] ?? ''] ?? ((raw: Buffer) => raw);
    const received = { path: request.url ?? '', headers: request.headers, body: decode(body), at: performance.now() };
    this.received.push(received);
    const arrived = this.#arrived;
    this.#arrived = Promise.withResolvers();
    arrived.resolve();
    (this.#answers.shift() ?? this.fallback)(response, received);
  }
}
