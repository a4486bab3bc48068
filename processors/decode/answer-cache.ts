/**
 * Answers of one label by its bytes, in two generations: when the young one is full, or old enough, it becomes the old
 * one and the old one is forgotten. So memory is bounded, and no answer outlives two periods (devices and modules come
 * and go, and their numbers are given away again).
 */
import type { Answer } from './decoder.ts';

const PERIOD_MS = 300_000;
const MIN_SLOTS = 64;
/** Key bytes that a generation may hold: long keys (stacks) make the cache shorter. */
const MAX_KEY_BYTES = 4 << 20;

/** Open addressing with linear probing, at most half full. A slot is 0 for empty, else entry + 1. */
class Generation {
  readonly #size: number;
  #keys: Uint8Array;
  #slots = new Int32Array(MIN_SLOTS);
  #answers: Answer[] = [];

  constructor(size: number) {
    this.#size = size;
    this.#keys = new Uint8Array((MIN_SLOTS >> 1) * size);
  }

  get count(): number {
    return this.#answers.length;
  }

  /** The entry of the bytes at `offset`, or -1. */
  find(bytes: Uint8Array, offset: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] - 1;
      if (this.#same(bytes, offset, entry)) return entry;
    }
    return -1;
  }
  answer(entry: number): Answer {
    return this.#answers[entry];
  }

  /** The bytes must not be there yet. */
  add(bytes: Uint8Array, offset: number, hash: number, answer: Answer): void {
    if (this.count * 2 >= this.#slots.length) this.#grow();
    const at = this.count * this.#size;
    for (let i = 0; i < this.#size; i++) this.#keys[at + i] = bytes[offset + i];
    this.#enter(hash, this.#answers.push(answer));
  }

  #enter(hash: number, value: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = value;
  }

  #grow(): void {
    const keys = this.#keys;
    this.#keys = new Uint8Array(this.#slots.length * this.#size);
    this.#keys.set(keys);
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.count; entry++) {
      this.#enter(hashOf(this.#keys, entry * this.#size, this.#size), entry + 1);
    }
  }

  #same(bytes: Uint8Array, offset: number, entry: number): boolean {
    const at = entry * this.#size;
    for (let i = 0; i < this.#size; i++) if (bytes[offset + i] !== this.#keys[at + i]) return false;
    return true;
  }
}

export class AnswerCache {
  readonly #size: number;
  readonly #limit: number;
  #young: Generation;
  #old: Generation;
  #since: number;

  /** @param size bytes of the label. @param limit answers held at most; 0 keeps none. */
  constructor(size: number, limit: number, now: number) {
    this.#size = size;
    this.#limit = Math.min(limit >> 1, Math.floor(MAX_KEY_BYTES / Math.max(size, 1)));
    this.#young = new Generation(size);
    this.#old = new Generation(size);
    this.#since = now;
  }

  /** Answers held now. */
  get count(): number {
    return this.#young.count + this.#old.count;
  }

  /** Forgets what is too old. */
  age(now: number): void {
    if (now - this.#since >= PERIOD_MS) this.#turn(now);
  }

  /** The answer for the bytes at `offset`; what `decode` says is kept if it calls itself `lasting`. */
  get(bytes: Uint8Array, offset: number, decode: Asked): Answer {
    const hash = hashOf(bytes, offset, this.#size);
    const entry = this.#young.find(bytes, offset, hash);
    if (entry >= 0) return this.#young.answer(entry);
    const old = this.#old.count === 0 ? -1 : this.#old.find(bytes, offset, hash);
    const answer = old >= 0 ? this.#old.answer(old) : decode.ask(bytes, offset);
    // An old answer does not become young: it would live as long as it is asked for.
    if (old >= 0 || !decode.lasting || this.#limit === 0) return answer;
    if (this.#young.count >= this.#limit) this.#turn(this.#since);
    this.#young.add(bytes, offset, hash, answer);
    return answer;
  }

  #turn(now: number): void {
    this.#old = this.#young;
    this.#young = new Generation(this.#size);
    this.#since = now;
  }
}

/** Who answers what is not in the cache. */
export interface Asked {
  ask(bytes: Uint8Array, offset: number): Answer;
  /** Whether the last answer may be kept. */
  readonly lasting: boolean;
}

function hashOf(bytes: Uint8Array, offset: number, size: number): number {
  let hash = size;
  for (let i = offset; i < offset + size; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
