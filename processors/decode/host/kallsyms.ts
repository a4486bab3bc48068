/** Kernel symbols by address: read when asked for, dropped when nobody has asked for a while, read again on a miss. */
import type { Logger } from '../../../src/component.ts';
import { Rereader } from './rereader.ts';
import type { SymbolTable } from './symbol-table.ts';
import { readSymbols } from './symbol-table.ts';

/** Collections without a question after which the table is dropped: answers live on in caches and series. */
const IDLE_ROUNDS = 3;

export class Kallsyms {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #rereader: Rereader;
  #table: SymbolTable | undefined;
  #idle = 0;
  #warned = false;

  constructor(file: string, logger: Logger, now: () => number) {
    this.#file = file;
    this.#logger = logger;
    this.#rereader = new Rereader(now);
  }

  /** Opens a collection. */
  begin(): void {
    this.#rereader.begin();
    if (++this.#idle > IDLE_ROUNDS) this.#table = undefined;
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
    this.#idle = 0;
    const known = this.#table && find(this.#table);
    if (known !== undefined) return known;
    const key = String(address);
    if (!this.#rereader.missed(key, () => this.#read())) return undefined;
    const found = this.#table && find(this.#table);
    if (found !== undefined) this.#rereader.found(key);
    return found;
  }

  #read(): void {
    this.#table = undefined;
    try {
      const table = readSymbols(this.#file);
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
