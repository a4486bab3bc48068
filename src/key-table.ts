/**
 * Interns map keys: names each key, a fixed number of bytes, by a small integer that side arrays are indexed with.
 *
 * The hot case, a scrape whose keys come in the order of the last one, costs one comparison a row: a row is first held
 * against the key that followed the previous row's key last time. Only a miss goes to the hash table (open addressing,
 * linear probing, at most half full). Memory follows what the maps hold: keys that are gone are forgotten by `sweep`.
 */

const MIN_CAPACITY = 64;
/** Stale keys are swept every so many scrapes; at once when they are half as many as the rest. */
const SWEEP_EVERY = 16;

export class KeyTable {
  readonly keySize: number;
  /** Ids of the rows of the last `intern`, as many as it answered. Valid until the next one but one. */
  ids: Uint32Array = new Uint32Array(0);
  /** The current scrape. 0 marks a free id and new ids start two scrapes back, so the first is 3. */
  generation = 2;
  #appeared = 0;
  #vanished = 0;
  #order: Uint32Array = new Uint32Array(0);
  #orderLength = 0;
  #bytes: Uint8Array;
  #words: Uint32Array;
  #slots: Int32Array = new Int32Array(MIN_CAPACITY * 2);
  #seen: Uint32Array = new Uint32Array(MIN_CAPACITY);
  #row: Uint32Array = new Uint32Array(MIN_CAPACITY);
  readonly #free: number[] = [];
  #next = 0;
  readonly #aligned: boolean;

  /** @param keySize bytes; 0 is allowed (every row is the same key). */
  constructor(keySize: number) {
    this.keySize = keySize;
    this.#aligned = keySize % 4 === 0 && keySize > 0;
    this.#bytes = new Uint8Array(MIN_CAPACITY * keySize);
    this.#words = asWords(this.#bytes);
  }

  /** Keys held now, stale ones included. */
  get live(): number {
    return this.#next - this.#free.length;
  }
  /** Every id is below this. */
  get limit(): number {
    return this.#next;
  }
  /** A view of the key's bytes, valid during the call. */
  key(id: number): Uint8Array {
    return this.#bytes.subarray(id * this.keySize, (id + 1) * this.keySize);
  }
  /** The scrape in which `id` was last seen; 0: the id is free. */
  lastSeen(id: number): number {
    return this.#seen[id];
  }

  /** Rows of the last `intern`. */
  get rows(): number {
    return this.#orderLength;
  }
  /** How many keys of the `intern` before the last one the last one did not have. */
  get vanished(): number {
    return this.#vanished;
  }

  /** Opens a new scrape, to which all calls until the next `begin` belong. */
  begin(): void {
    this.generation++;
  }

  /**
   * Interns `count` keys that lie back to back and sets `ids`. A key that occurs twice in one scrape (a map read that
   * saw a bucket change) is one row with the later values: `values`, `fields` to a row, are moved up in place.
   * @returns the number of rows left.
   */
  intern(keys: Uint8Array, count: number, values: Float64Array, fields: number): number {
    const words = this.#aligned && keys.byteOffset % 4 === 0 ? asWords(keys) : undefined;
    const order = this.ids;
    const ids = this.#order.length >= count ? this.#order : new Uint32Array(Math.max(count, order.length));
    const orderLength = this.#orderLength;
    let expected = 0;
    let rows = 0;
    this.#appeared = 0;
    for (let at = 0; at < count; at++) {
      let id = expected < orderLength ? order[expected] : -1;
      if (id < 0 || !this.#same(keys, words, at, id)) id = this.#find(keys, words, at);
      const seen = this.#seen[id];
      if (seen === this.generation) {
        copyRow(values, fields, at, this.#row[id]);
        continue;
      }
      if (seen === this.generation - 1) {
        expected = this.#row[id] + 1;
      } else {
        this.#appeared++;
        this.appeared(id);
      }
      this.#seen[id] = this.generation;
      this.#row[id] = rows;
      if (rows !== at) copyRow(values, fields, at, rows);
      ids[rows++] = id;
    }
    this.#order = order;
    this.ids = ids;
    this.#orderLength = rows;
    this.#vanished = orderLength - (rows - this.#appeared);
    return rows;
  }

  /** Interns the one key at byte `offset` of `bytes` and marks it as seen. */
  internOne(bytes: Uint8Array): number {
    const id = this.#find(bytes, undefined, 0);
    this.touch(id);
    return id;
  }
  /** The id of a key that is in the table, else undefined. */
  lookup(bytes: Uint8Array): number | undefined {
    const mask = this.#slots.length - 1;
    let slot = hashBytes(bytes, 0, this.keySize) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] - 1;
      if (this.#sameBytes(bytes, 0, id)) return id;
    }
    return undefined;
  }
  /** Marks `id` as seen in this scrape. */
  touch(id: number): void {
    if (this.#seen[id] < this.generation - 1) this.appeared(id);
    this.#seen[id] = this.generation;
  }

  /**
   * Whether stale keys should be swept now that a scrape of `rows` rows has ended: the oldest scrape to keep, else 0.
   * Tables that refer to one another are swept with the same answer.
   */
  sweepDue(rows: number): number {
    if (this.live > 1.5 * rows + 1024) return this.generation;
    const due = this.live > rows && this.generation % SWEEP_EVERY === 0;
    return due ? this.generation - (SWEEP_EVERY >> 2) : 0;
  }

  /** Forgets each key last seen before scrape `keepFrom`. Its id may be given away again from the next `intern` on. */
  sweep(keepFrom: number): void {
    for (let id = 0; id < this.#next; id++) {
      if (this.#seen[id] === 0 || this.#seen[id] >= keepFrom) continue;
      this.#seen[id] = 0;
      this.#free.push(id);
      this.forget(id);
    }
    this.#rehash(this.#slots.length);
  }

  /** For side arrays of a subclass: `id` was given to a new key, or lost its key. */
  protected added(_id: number): void {}
  /** `id` is in this scrape and was not in the last: new, or back before it was swept. */
  protected appeared(_id: number): void {}
  protected forget(_id: number): void {}
  protected resized(_capacity: number): void {}

  #same(keys: Uint8Array, words: Uint32Array | undefined, at: number, id: number): boolean {
    if (words === undefined) return this.#sameBytes(keys, at, id);
    const size = this.keySize >> 2;
    let left = at * size;
    const end = left + size;
    for (let right = id * size; left < end; left++, right++) if (words[left] !== this.#words[right]) return false;
    return true;
  }

  #sameBytes(keys: Uint8Array, at: number, id: number): boolean {
    let left = at * this.keySize;
    const end = left + this.keySize;
    for (let right = id * this.keySize; left < end; left++, right++) {
      if (keys[left] !== this.#bytes[right]) return false;
    }
    return true;
  }

  #find(keys: Uint8Array, words: Uint32Array | undefined, at: number): number {
    const mask = this.#slots.length - 1;
    let slot =
      (words === undefined
        ? hashBytes(keys, at * this.keySize, this.keySize)
        : hashWords(words, at * (this.keySize >> 2), this.keySize >> 2)) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] - 1;
      if (this.#same(keys, words, at, id)) return id;
    }
    return this.#add(keys.subarray(at * this.keySize, (at + 1) * this.keySize), slot);
  }

  #add(key: Uint8Array, slot: number): number {
    const id = this.#free.pop() ?? this.#next++;
    if (id >= this.#seen.length) this.#grow();
    this.#bytes.set(key, id * this.keySize);
    this.#slots[slot] = id + 1;
    // Not free, and seen neither in this scrape nor in the last.
    this.#seen[id] = this.generation - 2;
    this.#row[id] = 0;
    if (this.live * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    this.added(id);
    return id;
  }

  #grow(): void {
    const capacity = this.#seen.length * 2;
    this.#seen = grown(this.#seen, capacity);
    this.#row = grown(this.#row, capacity);
    const bytes = new Uint8Array(capacity * this.keySize);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#words = asWords(bytes);
    this.resized(capacity);
  }

  #rehash(slots: number): void {
    this.#slots = new Int32Array(slots);
    const mask = slots - 1;
    const size = this.keySize;
    for (let id = 0; id < this.#next; id++) {
      if (this.#seen[id] === 0) continue;
      const hash = this.#aligned
        ? hashWords(this.#words, id * (size >> 2), size >> 2)
        : hashBytes(this.#bytes, id * size, size);
      let slot = hash & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = id + 1;
    }
  }
}

/** A longer copy of `array`. */
export function grown(array: Uint32Array, length: number): Uint32Array {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}

const asWords = (bytes: Uint8Array): Uint32Array =>
  new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);

function copyRow(values: Float64Array, fields: number, from: number, to: number): void {
  for (let field = 0; field < fields; field++) values[to * fields + field] = values[from * fields + field];
}

// Multiply-xorshift (constants of MurmurHash3's mixers); both forms must agree, since a table with aligned keys may be asked with unaligned bytes.
function hashWords(words: Uint32Array, start: number, count: number): number {
  let hash = count;
  for (let i = start; i < start + count; i++) {
    hash = Math.imul(hash ^ words[i], 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0xc2b2ae35) >>> 3;
}

function hashBytes(bytes: Uint8Array, start: number, count: number): number {
  let hash = count >> 2;
  let at = start;
  for (const end = start + (count & ~3); at < end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  for (const end = start + count; at < end; at++) {
    hash = Math.imul(hash ^ bytes[at], 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0xc2b2ae35) >>> 3;
}
