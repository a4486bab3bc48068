/**
 * The series of one metric: a KeyTable whose ids also carry attributes. Processors fill `attributes` for `fresh` ids;
 * `fold` then adds up rows whose attributes are equal and takes out those that are left out, so that exporters see each
 * attribute set once. In the steady state neither touches anything.
 */
import type { Attributes } from '@opentelemetry/api';
import { grown, KeyTable } from './key-table.ts';
import type { KeyLabel, MetricFamily, Series } from './metric-batch.ts';
import { stride } from './metric-batch.ts';

const LEFT_OUT = 0xffffffff;
/** The specification's overflow attribute: what it names is the sum of all series beyond the limit. */
const OVERFLOW: Attributes = { 'otel.metric.overflow': true };

export interface SeriesOptions {
  /** Series beyond so many are one, with the overflow attribute. 0 (default): no limit. */
  readonly seriesLimit?: number;
  /** Entries may be taken from the map and start anew between two scrapes (LRU): a count that falls is a new start. */
  readonly evicts?: boolean;
}

export class SeriesTable extends KeyTable implements Series {
  readonly labels: readonly KeyLabel[];
  readonly attributes: (Attributes | null | undefined)[] = [];
  readonly fresh: number[] = [];
  /** id -> the id that speaks for its attribute set, or LEFT_OUT. */
  #speaker: Uint32Array = new Uint32Array(64);
  /** Attribute sets by hash, as in KeyTable: id + 1, 0 for empty. */
  #slots: Int32Array = new Int32Array(128);
  #speakers = 0;
  /** Ids that are left out or spoken for by another id; while 0, `fold` has nothing to do. */
  #others = 0;
  #stale = false;
  /** Ids whose answer may still change, and by id whether it is one. */
  readonly #unsettled: number[] = [];
  #isUnsettled: Uint8Array = new Uint8Array(64);
  /** Ids that are asked again in this scrape, what they had before, and by id the place in both + 1. */
  readonly #again: number[] = [];
  readonly #before: (Attributes | null)[] = [];
  #againAt: Uint32Array = new Uint32Array(64);
  #rowOf: Int32Array = new Int32Array(0);
  readonly #seriesLimit: number;
  readonly #evicts: boolean;
  /** New ids beyond the limit, and how many ids are beyond it. */
  readonly #overflowed: number[] = [];
  #overflowing = 0;
  startTimesUnixNano: BigUint64Array | undefined;
  /** Whether any key was ever forgotten: from then on a new one may be an old one that is back. */
  #forgot = false;
  /** Times of this scrape and the one before; 0n before the first. */
  #nowUnixNano = 0n;
  #beforeUnixNano = 0n;
  /** id -> count of its last row, while counts are watched. */
  #counts: Float64Array = new Float64Array(0);

  constructor(keySize: number, labels: readonly KeyLabel[], options: SeriesOptions = {}) {
    super(keySize);
    this.labels = labels;
    this.#seriesLimit = options.seriesLimit ?? 0;
    this.#evicts = options.evicts ?? false;
  }

  override begin(): void {
    super.begin();
    this.#beforeUnixNano = this.#nowUnixNano;
    this.#nowUnixNano = BigInt(Date.now()) * 1_000_000n;
    this.#endAgain();
    for (const id of this.#unsettled) {
      // Forgotten meanwhile, or here twice as its id was given to another key.
      if (this.#isUnsettled[id] === 0) continue;
      this.#isUnsettled[id] = 0;
      this.#again.push(id);
      this.#againAt[id] = this.#before.push(this.attributes[id] ?? null);
      this.fresh.push(id);
    }
    this.#unsettled.length = 0;
  }

  unsettled(id: number): void {
    // A key may have been forgotten since this scrape began.
    if (this.#isUnsettled[id] !== 0 || this.lastSeen(id) === 0) return;
    this.#isUnsettled[id] = 1;
    this.#unsettled.push(id);
  }

  /** Series whose answer may still change. */
  get unsettledCount(): number {
    return new Set(this.#unsettled.filter((id) => this.#isUnsettled[id] !== 0)).size;
  }

  /** Keys beyond the series limit. */
  get overflowing(): number {
    return this.#overflowing;
  }

  /** Settles fresh series and folds `family`, whose `ids` are of this table. Ends the scrape for this family. */
  fold(family: MetricFamily): void {
    this.settle();
    if (this.#others > 0) this.#merge(family);
    if (this.#evicts || this.#others > 0) this.#restartFallen(family);
  }

  /** Takes the attributes that processors gave. A series that none decoded gets its labels as hex. */
  settle(): void {
    for (const id of this.fresh) {
      this.attributes[id] = this.#settled(id);
      if (!this.#stale) this.#enter(id);
    }
    for (const id of this.#overflowed) if (!this.#stale) this.#enter(id);
    this.fresh.length = 0;
    this.#overflowed.length = 0;
    this.#endAgain();
    if (this.#stale) this.#enterAll();
  }

  #endAgain(): void {
    for (const id of this.#again) this.#againAt[id] = 0;
    this.#again.length = 0;
    this.#before.length = 0;
  }

  #settled(id: number): Attributes | null {
    const now = this.attributes[id];
    if (now === undefined) return asHex(this.key(id), this.labels);
    if (this.#againAt[id] === 0) return now;
    const before = this.#before[this.#againAt[id] - 1];
    if (before !== null && now !== null && sameAttributes(before, now)) return before;
    this.#stale ||= before !== now;
    return now;
  }

  #enter(id: number): void {
    const attributes = this.attributes[id];
    // An unsettled series whose answer did not change is in the table already.
    if (this.#againAt[id] !== 0) return;
    if (attributes === null || attributes === undefined) {
      this.#speaker[id] = LEFT_OUT;
      this.#others++;
      return;
    }
    const mask = this.#slots.length - 1;
    let slot = hashAttributes(attributes) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const other = this.#slots[slot] - 1;
      if (!sameAttributes(attributes, this.attributes[other] as Attributes)) continue;
      this.#speaker[id] = other;
      this.#others++;
      return;
    }
    this.#slots[slot] = id + 1;
    this.#speaker[id] = id;
    this.#speakers++;
    if (this.#speakers * 2 > this.#slots.length) this.#stale = true;
  }

  #enterAll(): void {
    let slots = 128;
    while (slots < this.live * 4) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#speakers = 0;
    this.#others = 0;
    this.#stale = false;
    for (let id = 0; id < this.limit; id++) if (this.lastSeen(id) !== 0) this.#enter(id);
  }

  #merge(family: MetricFamily): void {
    const width = stride(family);
    const { ids, values } = family;
    if (this.#rowOf.length < this.limit) this.#rowOf = new Int32Array(this.#speaker.length);
    const rowOf = this.#rowOf.fill(-1, 0, this.limit);
    // The ids are the table's own columns of this scrape and must keep naming the rows that were read: write elsewhere.
    const folded = new Uint32Array(family.rows);
    let rows = 0;
    for (let row = 0; row < family.rows; row++) {
      const speaker = this.#speaker[ids[row]];
      if (speaker === LEFT_OUT) continue;
      const to = rowOf[speaker];
      if (to >= 0) {
        for (let i = 0; i < width; i++) values[to * width + i] += values[row * width + i];
        continue;
      }
      rowOf[speaker] = rows;
      folded[rows] = speaker;
      if (rows !== row) values.copyWithin(rows * width, row * width, (row + 1) * width);
      rows++;
    }
    family.ids = folded;
    family.rows = rows;
  }

  /** A counter must not fall under one start time. Of a histogram the count is watched. */
  #restartFallen(family: MetricFamily): void {
    const { kind, ids, values, rows } = family;
    if (kind === 'gauge') return;
    const width = stride(family);
    const counted = Math.max(1, width - 1);
    if (this.#counts.length < this.limit) this.#counts = longer(this.#counts, this.#speaker.length);
    for (let row = 0; row < rows; row++) {
      let count = 0;
      for (let i = 0; i < counted; i++) count += values[row * width + i];
      if (count < this.#counts[ids[row]]) this.#restart(ids[row]);
      this.#counts[ids[row]] = count;
    }
  }

  /** It counts from 0 since the last scrape, at the earliest. */
  #restart(id: number): void {
    if (this.#beforeUnixNano === 0n) return;
    if (id >= (this.startTimesUnixNano?.length ?? 0)) {
      const starts = new BigUint64Array(this.#speaker.length);
      if (this.startTimesUnixNano !== undefined) starts.set(this.startTimesUnixNano);
      this.startTimesUnixNano = starts;
    }
    (this.startTimesUnixNano as BigUint64Array)[id] = this.#beforeUnixNano;
  }

  /** A key never seen before has counted since the load, as its map has; one that is back, or may be, has not. */
  protected override appeared(id: number): void {
    if (this.#forgot || this.attributes[id] !== undefined) this.#restart(id);
  }
  protected override added(id: number): void {
    if (id < this.#counts.length) this.#counts[id] = 0;
    if (this.#seriesLimit > 0 && this.live - this.#overflowing > this.#seriesLimit) {
      this.attributes[id] = OVERFLOW;
      this.#overflowed.push(id);
      this.#overflowing++;
      return;
    }
    this.attributes[id] = undefined;
    this.fresh.push(id);
  }
  protected override forget(id: number): void {
    this.#forgot = true;
    if (this.attributes[id] === OVERFLOW) this.#overflowing--;
    this.attributes[id] = undefined;
    this.#isUnsettled[id] = 0;
    this.#stale = true;
  }
  protected override resized(capacity: number): void {
    const speaker = new Uint32Array(capacity);
    speaker.set(this.#speaker);
    this.#speaker = speaker;
    const isUnsettled = new Uint8Array(capacity);
    isUnsettled.set(this.#isUnsettled);
    this.#isUnsettled = isUnsettled;
    this.#againAt = grown(this.#againAt, capacity);
  }
}

/** Series that have attributes from the start and no key: built-in and own metrics. */
export class AttributeSeries implements Series {
  readonly labels: readonly KeyLabel[] = [];
  readonly fresh: readonly number[] = [];
  readonly attributes: Attributes[] = [];
  startTimesUnixNano?: BigUint64Array;
  key(): Uint8Array {
    return new Uint8Array(0);
  }
  unsettled(): void {}
  fold(): void {}
}

function longer(array: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(length);
  copy.set(array);
  return copy;
}

function asHex(key: Uint8Array, labels: readonly KeyLabel[]): Attributes {
  const hex = (label: KeyLabel): string =>
    Buffer.from(key.subarray(label.offset, label.offset + label.size)).toString('hex');
  return Object.fromEntries(labels.map((label) => [label.name, hex(label)]));
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  if (a === b) return true;
  let keys = 0;
  for (const key in a) {
    keys++;
    if (a[key] !== b[key]) return false;
  }
  for (const _ in b) keys--;
  return keys === 0;
}

/** Does not depend on the order of the keys. */
function hashAttributes(attributes: Attributes): number {
  let sum = 0;
  for (const key in attributes) sum = (sum + hashText(String(attributes[key]), hashText(key, 7))) | 0;
  return (sum ^ (sum >>> 15)) >>> 1;
}

function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 13), 0x85ebca6b);
}
