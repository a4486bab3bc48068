/** One source's family within a family of the page: its label texts, and what it had at the last scrape. */
import type { MetricFamily } from '../../src/metric-batch.ts';
import { stride } from '../../src/metric-batch.ts';
import { LabelCache } from './label-cache.ts';
import type { Format, LineEnds } from './line-shape.ts';
import { LineShapes } from './line-shape.ts';
import { writeRows } from './line-writer.ts';
import type { PageBuffer } from './page-buffer.ts';
import type { Lines } from './retained.ts';
import type { Tail } from './tail.ts';

export class FamilyMember {
  readonly name: string;
  labels: LabelCache;
  tail: Tail;
  /** By id, other than 0: the same series stands on the page already. */
  hidden: Uint8Array | undefined;
  /** Its label texts are new: nothing is known of the last scrape. */
  isNew = true;
  #family: MetricFamily;
  #lines: Lines;
  #formerIds: Uint32Array = new Uint32Array(0);
  #formerValues: Float64Array = new Float64Array(0);
  #formerRows = 0;
  #formerLines: Lines;

  constructor(name: string, family: MetricFamily, tail: Tail, ends: LineEnds) {
    this.name = name;
    this.tail = tail;
    this.#family = family;
    this.#lines = { shapes: this.#shapes(), ends };
    this.#formerLines = this.#lines;
    this.labels = new LabelCache(this.#reserved());
  }

  get family(): MetricFamily {
    return this.#family;
  }
  get lines(): Lines {
    return this.#lines;
  }

  /** Takes the columns of this scrape; they are valid until the next. */
  attach(family: MetricFamily, tail: Tail, ends: LineEnds): void {
    const sameBounds = equalNumbers(family.bounds, this.#family.bounds);
    const sameNames = [...tail.labels.keys()].join() === [...this.tail.labels.keys()].join();
    const same = sameBounds && tail.text === this.tail.text;
    this.#family = family;
    this.tail = tail;
    this.#lines = { shapes: same ? this.#lines.shapes : this.#shapes(), ends };
    if (!sameBounds) this.#formerRows = 0;
    if (sameNames) return;
    this.labels = new LabelCache(this.#reserved());
    this.#formerRows = 0;
    this.isNew = true;
  }

  /** Rows of the last scrape. */
  get formerRows(): number {
    return this.#formerRows;
  }

  update(): void {
    this.labels.update(this.#family, this.#formerRows);
  }

  /** Calls `gone` for each series that the last scrape had and this one has not; all of them when `whole`. */
  forGone(whole: boolean, gone: (id: number, row: number, values: Float64Array, lines: Lines) => void): void {
    for (let row = 0; row < this.#formerRows; row++) {
      const id = this.#formerIds[row];
      if (whole || !this.labels.has(id)) gone(id, row, this.#formerValues, this.#formerLines);
    }
  }

  /** Label names in order, where all series have the same. */
  get shape(): string {
    return [this.labels.shape, ...this.tail.labels.keys()].join(' ');
  }

  /** Ids of series that the last scrape did not have, or not with these labels. */
  get appeared(): Iterable<number> {
    return this.isNew ? this.#family.ids.subarray(0, this.#family.rows) : this.labels.appeared;
  }

  /** Ends the scrape. @param keepValues a copy of the columns, for series that will be gone */
  settle(keepValues: boolean): void {
    const { ids, values, rows } = this.#family;
    this.isNew = false;
    this.#formerRows = rows;
    this.#formerLines = this.#lines;
    this.labels.compact();
    if (!keepValues) return;
    this.#formerIds = copied(this.#formerIds, ids.subarray(0, rows), Uint32Array);
    this.#formerValues = copied(this.#formerValues, values.subarray(0, rows * stride(this.#family)), Float64Array);
  }

  write(page: PageBuffer, format: Format): void {
    const { rows, ids, values } = this.#family;
    const { labels, hidden } = this;
    const { shapes, ends } = this.#lines;
    const style = { shape: shapes.of(format), end: ends.of(format), format };
    writeRows(page, { rows, ids, values, hidden, labels, labelBytes: labels.rowBytes }, style);
  }

  #shapes(): LineShapes {
    const { kind, bounds } = this.#family;
    return new LineShapes({ name: this.name, histogram: kind === 'histogram', bounds, tail: this.tail.text });
  }

  #reserved(): Set<string> {
    return new Set([...this.tail.labels.keys(), ...(this.#family.kind === 'histogram' ? ['le'] : [])]);
  }
}

const equalNumbers = (a: Float64Array, b: Float64Array): boolean =>
  a === b || (a.length === b.length && a.every((value, i) => value === b[i]));

/** A copy of `from` in `to`, or in a new array when it does not fit or `to` is far too large. */
function copied<T extends Uint32Array | Float64Array>(to: T, from: T, Column: new (length: number) => T): T {
  const fits = to.length >= from.length && to.length <= Math.max(from.length * 4, 64);
  const column = fits ? to : new Column(Math.ceil(from.length * 1.25));
  column.set(from);
  return column;
}
