/** A small table of the host, key to name, that is read when a key is not in it. */
import { Rereader } from './rereader.ts';

/** At most so many names that are no longer on the host: series of theirs may live on. */
const MAX_GONE = 8192;

export class NameTable {
  readonly #read: () => ReadonlyMap<string, string>;
  readonly #rereader: Rereader;
  #present: ReadonlyMap<string, string> = new Map();
  #gone = new Map<string, string>();

  /** @param read the whole table; what cannot be read is left out. */
  constructor(read: () => ReadonlyMap<string, string>, now: () => number) {
    this.#read = read;
    this.#rereader = new Rereader(now);
  }

  begin(): void {
    this.#rereader.begin();
  }

  name(key: string): string | undefined {
    const known = this.#present.get(key) ?? this.#gone.get(key);
    if (known !== undefined || !this.#rereader.missed(key, () => this.#reread())) return known;
    const found = this.#present.get(key);
    if (found !== undefined) this.#rereader.found(key);
    return found;
  }

  /** Names held. */
  get size(): number {
    return this.#present.size + this.#gone.size;
  }

  #reread(): void {
    const present = this.#read();
    for (const [key, name] of this.#present) if (!present.has(key)) this.#gone.set(key, name);
    for (const key of this.#gone.keys()) {
      if (this.#gone.size > MAX_GONE || present.has(key)) this.#gone.delete(key);
    }
    this.#present = present;
  }
}
