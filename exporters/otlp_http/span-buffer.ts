/** Gathers spans into requests: 512 or what came within a second. */
import type { SpanBatch, SpanData } from '../../src/component.ts';

const MAX_SPANS = 512;
const MAX_DELAY_MS = 1000;

export class SpanBuffer {
  readonly #send: (batches: readonly SpanBatch[], spans: number) => void;
  #batches: SpanBatch[] = [];
  #spans = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param send takes the batches over */
  constructor(send: (batches: readonly SpanBatch[], spans: number) => void) {
    this.#send = send;
  }

  /** Copies what it keeps. A batch of many is cut. */
  add(batch: SpanBatch): void {
    const resource = { ...batch.resource };
    for (let from = 0; from < batch.spans.length;) {
      const spans = batch.spans.slice(from, from + MAX_SPANS - this.#spans).map(copy);
      this.#batches.push({ resource, scope: batch.scope, spans, records: [] });
      this.#spans += spans.length;
      from += spans.length;
      if (this.#spans >= MAX_SPANS) this.flush();
    }
    if (this.#spans > 0) this.#timer ??= setTimeout(() => this.flush(), MAX_DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#spans === 0) return;
    const [batches, spans] = [this.#batches, this.#spans];
    this.#batches = [];
    this.#spans = 0;
    this.#send(batches, spans);
  }
}

const copy = (span: SpanData): SpanData => Object.assign({}, span, { attributes: { ...span.attributes } });
