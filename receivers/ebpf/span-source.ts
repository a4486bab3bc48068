/** Ring buffer records of one program config, handed on once per turn of the event loop. Decoding is a processor's work. */
import type { BpfObject, EventStream } from '../../native/index.ts';
import type { SpanBatch, SpanRecords } from '../../src/component.ts';
import { keyLayoutOfEvents } from './key-layout.ts';
import type { SpanConfig } from './program-config.ts';

/** Records that wait at most; more arriving within one turn of the event loop are lost and counted. */
const MAX_PENDING = 100_000;

export class SpanSource {
  readonly ringbuf: string;
  /** Shorter than the labels, or above what may wait. */
  readonly lost = { short: 0, overflow: 0 };
  readonly #head: Omit<SpanRecords, 'records'>;
  readonly #size: number;
  readonly #stream: EventStream;
  readonly #emit: (records: SpanRecords) => void;
  #pending: Uint8Array[] = [];

  constructor(object: BpfObject, config: SpanConfig, source: string, emit: (records: SpanRecords) => void) {
    const labels = keyLayoutOfEvents(config.labels);
    this.ringbuf = config.ringbuf;
    this.#head = { source, labels, name: config.name || config.ringbuf, service: config.service };
    this.#size = labels.reduce((end, { offset, size }) => Math.max(end, offset + size), 0);
    this.#emit = emit;
    this.#stream = object.ringBuffer(config.ringbuf, (record) => this.#take(record));
  }

  /** Takes what the kernel still holds, hands it on and ends. */
  close(): void {
    this.#stream.consume();
    this.#flush();
    this.#stream.close();
  }

  #take(record: Uint8Array): void {
    if (record.length < this.#size) this.lost.short++;
    else if (this.#pending.length >= MAX_PENDING) this.lost.overflow++;
    else if (this.#pending.push(record.slice()) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const records = this.#pending;
    this.#pending = [];
    this.#emit({ ...this.#head, records });
  }
}

/** A batch of records as it enters a traces pipeline. */
export const spanBatch = (records: SpanRecords, scope: SpanBatch['scope']): SpanBatch => ({
  resource: {},
  scope,
  spans: [],
  records: [records],
});
