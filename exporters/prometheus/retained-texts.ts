/**
 * Label texts of series that are gone: numbered in the order in which they came, found by their bytes (open addressing,
 * linear probing, at most half full). One that is taken out stays in its place until `shrink`.
 */
import { SLACK, viewOf } from './page-buffer.ts';

const MIN_TEXTS = 64;
const MIN_BYTES = 4096;

/** Where a text is; see LabelCache. */
export interface Texts {
  readonly bytes: Buffer;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
}

export class RetainedTexts implements Texts {
  bytes: Buffer = Buffer.alloc(MIN_BYTES);
  view: DataView = viewOf(this.bytes);
  offsets: Uint32Array = new Uint32Array(MIN_TEXTS);
  lengths: Uint32Array = new Uint32Array(MIN_TEXTS);
  /** By number, other than 0: taken out. */
  removed: Uint8Array = new Uint8Array(MIN_TEXTS);
  /** Numbers given, those of texts taken out included. */
  count = 0;
  live = 0;
  #hashes: Uint32Array = new Uint32Array(MIN_TEXTS);
  /** Number + 1; 0: empty. */
  #slots: Int32Array = new Int32Array(MIN_TEXTS * 2);
  #used = 0;

  /** Text `id` of `from` gets the next number. */
  add(from: Texts, id: number): void {
    const length = from.lengths[id];
    if (this.count >= this.offsets.length) this.#resize(this.count * 2);
    if (this.#used + length > this.bytes.length - SLACK) this.#allocate(Math.max(this.#used * 2, this.#used + length));
    const number = this.count++;
    from.bytes.copy(this.bytes, this.#used, from.offsets[id], from.offsets[id] + length);
    this.offsets[number] = this.#used;
    this.lengths[number] = length;
    this.removed[number] = 0;
    this.#hashes[number] = hash(from.bytes, from.offsets[id], length);
    this.#used += length;
    this.live++;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    else this.#enter(number);
  }

  /** The number of a text that equals text `id` of `from` and that `accepts`; -1: there is none. */
  find(from: Texts, id: number, accepts: (number: number) => boolean): number {
    const wanted = hash(from.bytes, from.offsets[id], from.lengths[id]);
    const mask = this.#slots.length - 1;
    for (let slot = wanted & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] - 1;
      if (this.#hashes[number] !== wanted || this.removed[number] !== 0) continue;
      if (this.#equals(number, from, id) && accepts(number)) return number;
    }
    return -1;
  }

  remove(number: number): void {
    if (this.removed[number] !== 0) return;
    this.removed[number] = 1;
    this.live--;
  }

  /** Gives text `from` the number `to`, which is no higher. To be called in ascending order; then `shrink`. */
  move(from: number, to: number): void {
    const end = to === 0 ? 0 : this.offsets[to - 1] + this.lengths[to - 1];
    const [offset, length] = [this.offsets[from], this.lengths[from]];
    this.bytes.copyWithin(end, offset, offset + length);
    this.offsets[to] = end;
    this.lengths[to] = length;
    this.#hashes[to] = this.#hashes[from];
    this.removed[to] = 0;
  }

  /** Only the first `count` are left. */
  shrink(count: number): void {
    this.count = this.live = count;
    this.#used = count === 0 ? 0 : this.offsets[count - 1] + this.lengths[count - 1];
    this.#allocate(this.#used);
    this.#resize(count);
    this.#rehash();
  }

  #equals(number: number, { bytes, offsets, lengths }: Texts, id: number): boolean {
    const [own, other, length] = [this.offsets[number], offsets[id], lengths[id]];
    if (this.lengths[number] !== length) return false;
    return this.bytes.compare(bytes, other, other + length, own, own + length) === 0;
  }

  #enter(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[number] & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #rehash(): void {
    let slots = MIN_TEXTS * 2;
    while (slots < this.count * 3) slots *= 2;
    this.#slots = new Int32Array(slots);
    for (let number = 0; number < this.count; number++) if (this.removed[number] === 0) this.#enter(number);
  }

  #resize(texts: number): void {
    const length = Math.max(texts, MIN_TEXTS);
    this.offsets = resized(this.offsets, new Uint32Array(length));
    this.lengths = resized(this.lengths, new Uint32Array(length));
    this.#hashes = resized(this.#hashes, new Uint32Array(length));
    this.removed = resized(this.removed, new Uint8Array(length));
  }

  #allocate(bytes: number): void {
    const from = this.bytes;
    this.bytes = Buffer.alloc(Math.max(bytes, MIN_BYTES) + SLACK);
    from.copy(this.bytes, 0, 0, this.#used);
    this.view = viewOf(this.bytes);
  }
}

function resized<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from.subarray(0, to.length));
  return to;
}

function hash(bytes: Buffer, offset: number, length: number): number {
  let sum = length;
  for (let i = offset; i < offset + length; i++) sum = Math.imul(sum ^ bytes[i], 0x01000193);
  sum = Math.imul(sum ^ (sum >>> 15), 0x85ebca6b);
  return (sum ^ (sum >>> 13)) >>> 0;
}
