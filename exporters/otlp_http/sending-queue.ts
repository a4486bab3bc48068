/** The collector's sending_queue in memory: bounded, with a fixed number of consumers. */
import type { QueueConfig } from './config.ts';
import type { Signal } from './request-options.ts';

/** Whatever `queue_size` is: a backend that is away must not cost more. */
export const MAX_QUEUE_BYTES = 64 * 1024 * 1024;

/** One request, ready to be sent. Owned by the queue from `offer` on. */
export interface OutgoingRequest {
  readonly signal: Signal;
  /** Data points or spans. */
  readonly items: number;
  readonly body: Buffer;
}

/** Sends or gives up, and counts which; never rejects. */
type Send = (request: OutgoingRequest) => Promise<void>;

/** `done` resolves when the request is sent or given up. In an object, for a promise cannot answer a promise. */
export interface Ticket {
  readonly done: Promise<void>;
}

interface Entry {
  readonly request: OutgoingRequest;
  readonly done: () => void;
}

export class SendingQueue {
  readonly #send: Send;
  readonly #config: QueueConfig;
  readonly #waiting: Entry[] = [];
  readonly #changed = new Set<() => void>();
  #inFlight = 0;
  /** Of requests that wait or are under way. */
  #size = 0;
  #bytes = 0;

  constructor(config: QueueConfig, send: Send) {
    this.#config = config;
    this.#send = send;
  }

  /** In the unit of `sizer`, those under way included. */
  get size(): number {
    return this.#size;
  }
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes the request if there is room; undefined: it was not taken. */
  offer(request: OutgoingRequest): Ticket | undefined {
    if (!this.#hasRoom(request)) return undefined;
    this.#size += this.#cost(request);
    this.#bytes += request.body.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ request, done: resolve });
    this.#dispatch();
    return { done: promise };
  }

  /** Resolves when the request has room, can never have it, or `signal` is aborted. */
  async room(request: OutgoingRequest, signal: AbortSignal): Promise<void> {
    if (this.#cost(request) > this.#config.queue_size || request.body.length > MAX_QUEUE_BYTES) return;
    while (!signal.aborted && !this.#hasRoom(request)) await this.#change(signal);
  }

  /** Resolves when nothing waits or is under way. */
  async idle(): Promise<void> {
    while (this.#waiting.length + this.#inFlight > 0) await this.#change();
  }

  /** Takes out what waits; what is under way is the sender's to end. */
  clear(): OutgoingRequest[] {
    const entries = this.#waiting.splice(0);
    for (const entry of entries) this.#finish(entry);
    return entries.map(({ request }) => request);
  }

  #hasRoom(request: OutgoingRequest): boolean {
    const { queue_size: capacity, sizer } = this.#config;
    if (this.#size + this.#cost(request) > capacity) return false;
    return sizer === 'bytes' || this.#bytes + request.body.length <= MAX_QUEUE_BYTES;
  }

  #cost(request: OutgoingRequest): number {
    const { sizer } = this.#config;
    return sizer === 'requests' ? 1 : sizer === 'items' ? request.items : request.body.length;
  }

  #dispatch(): void {
    while (this.#inFlight < this.#config.num_consumers && this.#waiting.length > 0) {
      void this.#consume(this.#waiting.shift() as Entry);
    }
  }

  async #consume(entry: Entry): Promise<void> {
    this.#inFlight++;
    await this.#send(entry.request);
    this.#inFlight--;
    this.#dispatch();
    this.#finish(entry);
  }

  #finish({ request, done }: Entry): void {
    this.#size -= this.#cost(request);
    this.#bytes -= request.body.length;
    done();
    for (const wake of this.#changed) wake();
  }

  /** The next time that a request leaves. */
  async #change(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    this.#changed.add(wake);
    signal?.addEventListener('abort', wake);
    await promise;
    this.#changed.delete(wake);
    signal?.removeEventListener('abort', wake);
  }
}
