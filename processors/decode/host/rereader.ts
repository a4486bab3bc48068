/**
 * When to read a table of the host again because a key was not in it: soon for a key that no reading has been made for,
 * seldom for one that a whole reading did not have (a cgroup that is gone), and never so often that reading takes more
 * than a small part of the time.
 */

/** The least time between two readings; a long one is followed by a rest of so many times its own length. */
const LEAST_MS = 1000;
const REST = 50;
/** For keys that a reading did not have. */
const SELDOM_MS = 60_000;
const MAX_MISSING = 65_536;

export class Rereader {
  readonly #now: () => number;
  readonly #missing = new Set<string>();
  #allowedAt = -Infinity;
  #readAt = -Infinity;
  #fresh = false;

  /** @param now milliseconds of a steady clock. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Opens a collection: one reading serves all keys that are asked for in it, since they were there before it. */
  begin(): void {
    this.#fresh = false;
  }

  /** Calls `read` if it is time to, for `key`, which the table does not have. @returns whether it did. */
  missed(key: string, read: () => void): boolean {
    const now = this.#now();
    const rare = this.#fresh || this.#missing.has(key);
    if (now < this.#allowedAt || (rare && now < this.#readAt + SELDOM_MS)) {
      if (this.#fresh) this.#remember(key);
      return false;
    }
    this.#readAt = now;
    this.#fresh = true;
    read();
    const end = this.#now();
    this.#allowedAt = end + Math.max(LEAST_MS, REST * (end - now));
    this.#remember(key);
    return true;
  }

  /** A key that is found after all must not stay here: it would be read for seldom when it is dropped from the table. */
  #remember(key: string): void {
    if (this.#missing.size >= MAX_MISSING) this.#missing.clear();
    this.#missing.add(key);
  }

  found(key: string): void {
    this.#missing.delete(key);
  }
}
