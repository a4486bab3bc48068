/**
 * Series that are gone from their source and stay on the page with their last value until `metric_expiration`, as the
 * collector has it. Outside the columns: by label text, so that a series that comes back is found again.
 */
import type { Format, LineEnds, LineShapes } from './line-shape.ts';
import type { Rows } from './line-writer.ts';
import { writeRows } from './line-writer.ts';
import type { PageBuffer } from './page-buffer.ts';
import { SLACK, viewOf } from './page-buffer.ts';

/** What a family member's series have in common. */
export interface Lines {
  readonly shapes: LineShapes;
  readonly ends: LineEnds;
}

interface Retained {
  /** UTF-8 bytes, each a character. */
  readonly labels: string;
  readonly lines: Lines;
  /** The family's stride of values, a copy. */
  readonly values: Float64Array;
  /** Milliseconds on the clock that `now` is of. */
  readonly until: number;
}

/** Of one family; in the order in which they went. */
export class RetainedSeries {
  readonly #series = new Map<string, Retained>();

  get size(): number {
    return this.#series.size;
  }

  add(series: Retained): void {
    const key = keyOf(series.labels, series.lines.shapes);
    this.#series.delete(key);
    this.#series.set(key, series);
  }
  delete(labels: string, shapes: LineShapes): void {
    this.#series.delete(keyOf(labels, shapes));
  }
  clear(): void {
    this.#series.clear();
  }

  expire(now: number): void {
    for (const [key, { until }] of this.#series) {
      if (until > now) return;
      this.#series.delete(key);
    }
  }

  /** Milliseconds until which the one that went first is kept. */
  get firstUntil(): number {
    for (const { until } of this.#series.values()) return until;
    return Infinity;
  }
  dropFirst(): void {
    for (const key of this.#series.keys()) return void this.#series.delete(key);
  }

  write(page: PageBuffer, format: Format): void {
    for (const { labels, lines, values } of this.#series.values()) {
      writeRows(page, oneRow(labels, values), { shape: lines.shapes.of(format), end: lines.ends.of(format), format });
    }
  }
}

const keyOf = (labels: string, { described }: LineShapes): string => `${described.tail}\0${labels}`;

const ID_0 = new Uint32Array(1);

function oneRow(text: string, values: Float64Array): Rows {
  const bytes = Buffer.alloc(text.length + SLACK);
  bytes.write(text, 'latin1');
  const labels = { view: viewOf(bytes), offsets: ID_0, lengths: Uint32Array.of(text.length) };
  return { rows: 1, ids: ID_0, values, hidden: undefined, labels, labelBytes: text.length };
}
