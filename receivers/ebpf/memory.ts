/** Gives memory back when things have settled: after the start, and after a scrape that brought many new series. */
import { releaseMemory } from '../../native/index.ts';

const SETTLE_MS = 1000;

/** Full collection where Node was started with --expose-gc; without it the heap keeps what the start left behind. */
const collectGarbage = (): void => {
  (globalThis as { gc?: (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void }).gc?.({
    type: 'major',
    execution: 'sync',
    flavor: 'last-resort',
  });
};

export class MemoryKeeper {
  #timer: NodeJS.Timeout | undefined;
  #series = -1;

  /** Once, a second from now; asked again meanwhile, once all the same. */
  settle(): void {
    this.#timer ??= setTimeout(() => this.#release(), SETTLE_MS).unref();
  }

  /** After each scrape: what the first one read and decoded with is garbage now, and again when series have doubled. */
  grown(series: number): void {
    if (this.#series >= 0 && series < 2 * this.#series + 1000) return;
    this.#series = series;
    this.settle();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #release(): void {
    this.#timer = undefined;
    collectGarbage();
    releaseMemory();
  }
}
