/**
 * Series that are gone from their source and stay on the page with their last value until `metric_expiration`, as the
 * collector has it. In columns of their own, by label text, so that a series that comes back is found again.
 */
import type { Format, LineEnds, LineShapes } from './line-shape.ts';
import { writeRows } from './line-writer.ts';
import type { PageBuffer } from './page-buffer.ts';
import type { Texts } from './retained-texts.ts';
import { RetainedTexts } from './retained-texts.ts';

/** What a family member's series have in common. */
export interface Lines {
  readonly shapes: LineShapes;
  readonly ends: LineEnds;
}

/** Series of one source that went at one scrape: a range of numbers. */
interface Group {
  readonly lines: Lines;
  /** Milliseconds on the clock that `now` is of. */
  readonly until: number;
  /** Values of a series. */
  readonly width: number;
  first: number;
  end: number;
  /** Where the values of `first` are. */
  valuesAt: number;
}

/** Columns may hold so many series that are no longer kept, and half as many as are. */
const FEW = 1024;

/** Of one family; in the order in which they went. */
export class RetainedSeries {
  #texts = new RetainedTexts();
  #values: Float64Array = new Float64Array(0);
  #valuesUsed = 0;
  #groups: Group[] = [];
  /** 0, 1, 2 …: rows are numbers. */
  #numbers: Uint32Array = new Uint32Array(0);

  get size(): number {
    return this.#texts.live;
  }

  /** Text `id` of `texts`, with the values of `row`. @param until not before that of those added earlier */
  add(texts: Texts, id: number, values: Float64Array, row: number, lines: Lines, until: number): void {
    this.delete(texts, id, lines.shapes);
    const { width, valuesAt, first } = this.#group(lines, until);
    const to = valuesAt + (this.#texts.count - first) * width;
    if (to + width > this.#values.length) this.#fit(Math.max(to + width, to * 2, 64));
    for (let i = 0; i < width; i++) this.#values[to + i] = values[row * width + i];
    this.#valuesUsed = to + width;
    this.#texts.add(texts, id);
    this.#groups[this.#groups.length - 1].end = this.#texts.count;
  }

  delete(texts: Texts, id: number, { described }: LineShapes): void {
    if (this.size === 0) return;
    const sameTail = (number: number): boolean => this.#groupOf(number).lines.shapes.described.tail === described.tail;
    const number = this.#texts.find(texts, id, sameTail);
    if (number >= 0) this.#texts.remove(number);
  }

  clear(): void {
    if (this.#groups.length === 0) return;
    this.#texts = new RetainedTexts();
    this.#values = new Float64Array(0);
    this.#valuesUsed = 0;
    this.#groups = [];
  }

  expire(now: number): void {
    while (this.#groups.length > 0 && this.#groups[0].until <= now) this.#dropGroup(Infinity);
    this.#tidy();
  }

  /** Milliseconds until which those that went first are kept. */
  get firstUntil(): number {
    return this.#groups.at(0)?.until ?? Infinity;
  }

  /** Drops at most `count` of those that went first, at one scrape. Answers how many. */
  dropFirst(count: number): number {
    const before = this.size;
    this.#dropGroup(count);
    this.#tidy();
    return before - this.size;
  }

  write(page: PageBuffer, format: Format): void {
    const { view, offsets, lengths, removed, count } = this.#texts;
    if (this.#numbers.length < count) this.#numbers = Uint32Array.from({ length: offsets.length }, (_, i) => i);
    for (const { lines, width, first, end, valuesAt } of this.#groups) {
      const rows = {
        rows: end - first,
        ids: this.#numbers.subarray(first, end),
        values: this.#values.subarray(valuesAt, valuesAt + (end - first) * width),
        hidden: removed,
        labels: { view, offsets, lengths },
        labelBytes: end === first ? 0 : offsets[end - 1] + lengths[end - 1] - offsets[first],
      };
      writeRows(page, rows, { shape: lines.shapes.of(format), end: lines.ends.of(format), format });
    }
  }

  #group(lines: Lines, until: number): Group {
    const last = this.#groups.at(-1);
    if (last?.lines === lines && last.until === until) return last;
    const { histogram, bounds } = lines.shapes.described;
    const [first, width] = [this.#texts.count, histogram ? bounds.length + 2 : 1];
    const group = { lines, until, width, first, end: first, valuesAt: this.#valuesUsed };
    this.#groups.push(group);
    return group;
  }

  #groupOf(number: number): Group {
    let [low, high] = [0, this.#groups.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#groups[middle].first <= number) low = middle;
      else high = middle - 1;
    }
    return this.#groups[low];
  }

  /** Takes at most `count` out of the first group, and the group when it is empty. */
  #dropGroup(count: number): void {
    const [group] = this.#groups;
    const least = this.size - count;
    while (group.first < group.end && this.size > least) {
      this.#texts.remove(group.first++);
      group.valuesAt += group.width;
    }
    if (group.first === group.end) this.#groups.shift();
  }

  /** Gives back what those that are no longer kept have left behind, when that is much. */
  #tidy(): void {
    const { count, live } = this.#texts;
    if (live === 0) this.clear();
    else if (count - live > FEW + (live >> 1)) this.#compact();
  }

  #compact(): void {
    let [number, value] = [0, 0];
    for (const group of this.#groups) {
      const { first, end, valuesAt, width } = group;
      [group.first, group.valuesAt] = [number, value];
      for (let from = first; from < end; from++) {
        if (this.#texts.removed[from] !== 0) continue;
        const at = valuesAt + (from - first) * width;
        this.#values.copyWithin(value, at, at + width);
        this.#texts.move(from, number++);
        value += width;
      }
      group.end = number;
    }
    this.#groups = this.#groups.filter(({ first, end }) => first < end);
    this.#texts.shrink(number);
    this.#valuesUsed = value;
    this.#fit(value);
    this.#numbers = new Uint32Array(0);
  }

  #fit(length: number): void {
    const from = this.#values.subarray(0, Math.min(this.#valuesUsed, length));
    this.#values = new Float64Array(length);
    this.#values.set(from);
  }
}
