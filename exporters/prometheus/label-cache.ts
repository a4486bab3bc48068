/**
 * The label text of each series of a family, by id: made when an id's attributes are another object than before, so that
 * a scrape in the steady state compares references and copies bytes. Also knows which series came and went.
 */
import type { Attributes } from '@opentelemetry/api';
import type { MetricFamily } from '../../src/metric-batch.ts';
import { labelText } from './label-text.ts';
import { SLACK, viewOf } from './page-buffer.ts';

const MIN_IDS = 64;
const MIN_BYTES = 4096;

export class LabelCache {
  bytes: Buffer = Buffer.alloc(MIN_BYTES);
  view: DataView = viewOf(this.bytes);
  /** By id: where its text is. */
  offsets: Uint32Array = new Uint32Array(MIN_IDS);
  lengths: Uint32Array = new Uint32Array(MIN_IDS);
  /** Bytes of the labels of all rows of the last `update`. */
  rowBytes = 0;
  /** The last `update` found a series that is new, gone or has other attributes. */
  changed = true;
  /** How many series the last `update` did not find any more. */
  gone = 0;
  /** Ids of the last `update` that are new or have new labels since the one before; empty after the first. */
  readonly appeared: number[] = [];
  #seen: (Attributes | null | undefined)[] = [];
  #stamps: Uint32Array = new Uint32Array(MIN_IDS);
  #update = 0;
  #used = 0;
  #shape: string[] | undefined;
  readonly #types = new Map<string, string>();
  #clashing = false;
  #differing = false;
  #empty = false;
  readonly reserved: ReadonlySet<string>;

  /** @param reserved names of labels that stand behind those of the series */
  constructor(reserved: ReadonlySet<string>) {
    this.reserved = reserved;
  }

  /** Names of the first series' labels, in order. */
  get shape(): string {
    return (this.#shape ?? []).join(' ');
  }

  /** Series may have equal labels although their attributes differ: names or types clash, or '' stands beside none. */
  get irregular(): boolean {
    return this.#clashing || (this.#differing && this.#empty);
  }

  /** Takes note of the rows that `family` has now. `formerRows`: how many it had at the last update. */
  update(family: MetricFamily, formerRows: number): void {
    const { ids, rows } = family;
    const { attributes } = family.series;
    this.#fit(attributes.length);
    const former = this.#update++;
    const { lengths } = this;
    const [seen, stamps] = [this.#seen, this.#stamps];
    let [kept, bytes, same] = [0, 0, true];
    this.appeared.length = 0;
    for (let row = 0; row < rows; row++) {
      const id = ids[row];
      const fresh = seen[id] !== attributes[id];
      if (fresh) {
        same = false;
        this.#refresh(id, attributes[id] ?? undefined);
        seen[id] = attributes[id];
      }
      bytes += lengths[id];
      if (stamps[id] === former) kept++;
      if (former > 0 && (fresh || stamps[id] !== former)) this.appeared.push(id);
      stamps[id] = former + 1;
    }
    this.rowBytes = bytes;
    this.gone = formerRows - kept;
    this.changed = !same || kept !== rows || kept !== formerRows;
  }

  /** Whether the last `update` had a row of `id`. */
  has(id: number): boolean {
    return this.#stamps[id] === this.#update;
  }

  /** Gives back what series that are gone have left behind, when that is more than a third. */
  compact(): void {
    if (this.#used <= MIN_BYTES || this.#used <= this.rowBytes * 1.5) return;
    const from = this.bytes;
    this.#allocate(this.rowBytes);
    this.#used = 0;
    for (let id = 0; id < this.#seen.length; id++) {
      if (this.has(id)) this.#move(from, id);
      else {
        this.#seen[id] = undefined;
        this.lengths[id] = 0;
      }
    }
  }

  #move(from: Buffer, id: number): void {
    from.copy(this.bytes, this.#used, this.offsets[id], this.offsets[id] + this.lengths[id]);
    this.offsets[id] = this.#used;
    this.#used += this.lengths[id];
  }

  #refresh(id: number, attributes: Attributes = {}): void {
    const { text, ambiguous } = labelText(attributes, this.reserved);
    this.#clashing ||= ambiguous;
    this.#inspect(attributes);
    const most = text.length * 3;
    if (this.#used + most > this.bytes.length - SLACK) this.#grow(most);
    this.offsets[id] = this.#used;
    this.lengths[id] = this.bytes.write(text, this.#used);
    this.#used += this.lengths[id];
  }

  #inspect(attributes: Attributes): void {
    const shape = (this.#shape ??= Object.keys(attributes));
    let place = 0;
    for (const key in attributes) {
      const value = attributes[key];
      this.#differing ||= shape[place++] !== key;
      this.#empty ||= value === '' || value === undefined;
      if (this.#types.get(key) !== typeof value) this.#type(key, typeof value);
    }
    this.#differing ||= place !== shape.length;
  }

  #type(key: string, type: string): void {
    this.#clashing ||= this.#types.has(key);
    this.#types.set(key, type);
  }

  #fit(ids: number): void {
    if (ids <= this.offsets.length) return;
    const capacity = Math.max(ids, this.offsets.length * 2);
    this.offsets = grown(this.offsets, capacity);
    this.lengths = grown(this.lengths, capacity);
    this.#stamps = grown(this.#stamps, capacity);
  }

  #grow(bytes: number): void {
    const from = this.bytes;
    this.#allocate(Math.max(this.#used + bytes, from.length * 2));
    from.copy(this.bytes, 0, 0, this.#used);
  }

  #allocate(bytes: number): void {
    this.bytes = Buffer.alloc(Math.max(bytes, MIN_BYTES) + SLACK);
    this.view = viewOf(this.bytes);
  }
}

function grown(from: Uint32Array, capacity: number): Uint32Array {
  const to = new Uint32Array(capacity);
  to.set(from);
  return to;
}
