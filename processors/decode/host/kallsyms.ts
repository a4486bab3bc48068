/** Kernel symbols by address: read when asked for, dropped when nobody has asked for a while, read again on a miss. */
import type { Logger } from '../../../src/component.ts';
import { Rereader } from './rereader.ts';
import type { SymbolTable } from './symbol-table.ts';
import { readSymbols } from './symbol-table.ts';

/** The table is dropped at a collection when nobody has asked for so long: answers live on in caches and series. */
const IDLE_MS = 600_000;

export class Kallsyms {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #rereader: Rereader;
  readonly #now: () => number;
  #table: SymbolTable | undefined;
  #askedAt = 0;
  #warned = false;

  constructor(file: string, logger: Logger, now: () => number) {
    this.#file = file;
    this.#logger = logger;
    this.#now = now;
    this.#rereader = new Rereader(now);
  }

  /** Opens a collection. */
  begin(): void {
    this.#rereader.begin();
    if (this.#now() - this.#askedAt > IDLE_MS) this.#table = undefined;
  }

  /** The symbol that begins at `address`. */
  at(address: bigint): string | undefined {
    return this.#find(address, (table) => table.at(address));
  }
  /** The symbol that `address` is in or after. */
  atOrBelow(address: bigint): string | undefined {
    return this.#find(address, (table) => table.atOrBelow(address));
  }

  #find(address: bigint, find: (table: SymbolTable) => string | undefined): string | undefined {
    this.#askedAt = this.#now();
    const known = this.#table && find(this.#table);
    if (known !== undefined) return known;
    const key = String(address);
    if (!this.#rereader.missed(key, () => this.#read())) return undefined;
    const found = this.#table && find(this.#table);
    if (found !== undefined) this.#rereader.found(key);
    return found;
  }

  #read(): void {
    const previous = this.#table;
    this.#table = undefined;
    try {
      const table = readSymbols(this.#file, previous);
      if (table.hidden)
        this.#warn('kernel symbols have no addresses here: run with CAP_SYSLOG, or set kernel.kptr_restrict to 0 or 1');
      else this.#table = table;
    } catch (error) {
      this.#warn('kernel symbols cannot be read', error);
    }
  }

  #warn(message: string, error?: unknown): void {
    if (!this.#warned) this.#logger.warn(message, { file: this.#file, ...(error === undefined ? {} : { error }) });
    this.#warned = true;
  }
}
