/**
 * The lines of a family. This is the hot path of a scrape: nothing is allocated per row, and the page has room for all
 * rows before the first is written.
 */
import type { Format, LineShape, Segments } from './line-shape.ts';
import type { PageBuffer, Segment } from './page-buffer.ts';
import { copyText, writeNumber } from './page-buffer.ts';

/** Label text by id; see LabelCache. */
export interface LabelBytes {
  readonly view: DataView;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
}

export interface Rows {
  readonly rows: number;
  readonly ids: Uint32Array;
  /** As a MetricFamily has them. */
  readonly values: Float64Array;
  /** By id, other than 0: left out. */
  readonly hidden: Uint8Array | undefined;
  readonly labels: LabelBytes;
  /** Bytes of the labels of all rows together. */
  readonly labelBytes: number;
}

/** How rows become lines: in one format, with one ending. */
export interface Style {
  readonly shape: LineShape;
  readonly end: Segment;
  readonly format: Format;
}

export function writeRows(page: PageBuffer, rows: Rows, style: Style): void {
  const { lines, room } = style.shape;
  page.reserve(rows.labelBytes * lines + rows.rows * (room + lines * style.end.length));
  if (style.shape.width > 1) writeHistograms(page, rows, style);
  else writeNumbers(page, rows, style);
}

function writeNumbers(page: PageBuffer, rows: Rows, { shape, end }: Style): void {
  const { ids, values, hidden } = rows;
  const { view: from, offsets, lengths } = rows.labels;
  const { bytes, view } = page;
  let at = page.length;
  for (let row = 0; row < rows.rows; row++) {
    const id = ids[row];
    if (hidden !== undefined && hidden[id] !== 0) continue;
    const length = lengths[id];
    const { head, tail } = length > 0 ? shape.withLabels : shape.bare;
    at = copyText(view, at, head.view, 0, head.length);
    at = copyText(view, at, from, offsets[id], length);
    at = copyText(view, at, tail.view, 0, tail.length);
    at = writeNumber(bytes, view, at, values[row]);
    at = copyText(view, at, end.view, 0, end.length);
  }
  page.length = at;
}

/** The text format has count and sum first, as PrometheusSerializer; OpenMetrics wants them behind the buckets. */
function writeHistograms(page: PageBuffer, rows: Rows, { shape, end, format }: Style): void {
  const { ids, values, hidden } = rows;
  const lines = new SeriesLines(page, rows.labels, end);
  for (let row = 0; row < rows.rows; row++) {
    const id = ids[row];
    if (hidden !== undefined && hidden[id] !== 0) continue;
    lines.id = id;
    const parts = rows.labels.lengths[id] > 0 ? shape.withLabels : shape.bare;
    const first = row * shape.width;
    const sum = first + shape.width - 1;
    if (format === 'openmetrics') lines.buckets(parts, values, first);
    lines.countAndSum(parts, values, first, sum);
    if (format === 'text') lines.buckets(parts, values, first);
  }
}

/** Lines of one series after another, in a page that has room for them. */
class SeriesLines {
  id = 0;
  readonly #page: PageBuffer;
  readonly #labels: LabelBytes;
  readonly #end: Segment;

  constructor(page: PageBuffer, labels: LabelBytes, end: Segment) {
    this.#page = page;
    this.#labels = labels;
    this.#end = end;
  }

  countAndSum({ countHead, sumHead, tail }: Segments, values: Float64Array, first: number, sum: number): void {
    let count = 0;
    for (let i = first; i < sum; i++) count += values[i];
    this.#line(countHead, tail, count);
    this.#line(sumHead, tail, values[sum]);
  }

  buckets({ bucketHead, bucketTails }: Segments, values: Float64Array, first: number): void {
    let cumulative = 0;
    for (let i = 0; i < bucketTails.length; i++) {
      cumulative += values[first + i];
      this.#line(bucketHead, bucketTails[i], cumulative);
    }
  }

  #line(head: Segment, tail: Segment, value: number): void {
    const page = this.#page;
    const { view } = page;
    const { offsets, lengths } = this.#labels;
    let at = copyText(view, page.length, head.view, 0, head.length);
    at = copyText(view, at, this.#labels.view, offsets[this.id], lengths[this.id]);
    at = copyText(view, at, tail.view, 0, tail.length);
    at = writeNumber(page.bytes, view, at, value);
    page.length = copyText(view, at, this.#end.view, 0, this.#end.length);
  }
}
