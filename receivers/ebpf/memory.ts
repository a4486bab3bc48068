/** Gives memory back when things have settled: after the start, and after scrapes that saw many series come or go. */
import { releaseMemory } from '../../native/index.ts';

const SETTLE_MS = 1000;
/** Timers may be early by a little. */
const SLACK_MS = 50;
/** The next time is at least so long away, and so many times the duration of the last one. */
const PAUSE_MS = 5000;
const PAUSE = 50;
/** While scrapes never pause, memory is given back every 5 s, then 10, and so on, up to 43 minutes. */
const MAX_FORCED = 9;

/** Full collection where Node was started with --expose-gc; without it the heap keeps what the start left behind. */
export const collectGarbage = (): void => {
  (globalThis as { gc?: (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void }).gc?.({
    type: 'major',
    execution: 'sync',
    flavor: 'last-resort',
  });
};

export class MemoryKeeper {
  #timer: NodeJS.Timeout | undefined;
  /** Of the last scrape, and the most so far. */
  #series = -1;
  #most = -1;
  /** Series that have come and gone since the last time. */
  #changes = 0;
  #allowedAt = 0;
  /** While scrapes go on, it is put off until here. */
  #latest = 0;
  #scrapedAt = 0;
  /** How many in a row were not put off any longer: each leaves what scrapes have made since to the next one, twice as far away. */
  #forced = 0;
  /** The first scrape after that is as much more than the ones before as the change was: once more, then. */
  #hasMore = false;

  /** Once, a second from now; asked again meanwhile, once all the same. */
  settle(): void {
    if (this.#timer !== undefined && this.#latest === 0) return;
    clearTimeout(this.#timer);
    this.#latest = 0;
    this.#timer = setTimeout(() => this.#release(), SETTLE_MS).unref();
  }

  /**
   * After each scrape. What the first one read and decoded with is garbage now; so it is again when series have doubled, and,
   * when scrapes pause, when a twentieth of them have come or gone.
   * @param gone map entries that the scrape before had and this one has not
   */
  scraped(series: number, gone: number): void {
    this.#scrapedAt = performance.now();
    if (this.#scrapedAt < this.#latest) this.#arm();
    const doubled = this.#most < 0 || series >= 2 * this.#most + 1000;
    if (this.#series >= 0) this.#changes += gone + Math.max(0, series - this.#series + gone);
    this.#series = series;
    this.#most = Math.max(series, this.#most);
    if (doubled || this.#changes >= series / 20 + 500) {
      this.#changes = 0;
      this.#hasMore = true;
      if (doubled) this.settle();
      else this.#settleLater();
    } else if (this.#hasMore && this.#timer === undefined) {
      this.#hasMore = false;
      this.#settleLater();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A second after the last scrape, or when it may be. */
  #settleLater(): void {
    if (this.#timer !== undefined) return;
    this.#latest = Math.max(performance.now(), this.#allowedAt) + PAUSE_MS * 2 ** this.#forced;
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const delayMs = Math.max(SETTLE_MS, this.#allowedAt - performance.now());
    this.#timer = setTimeout(() => this.#release(), delayMs).unref();
  }

  #release(): void {
    this.#timer = undefined;
    this.#latest = 0;
    const begin = performance.now();
    const scrapesGoOn = begin - this.#scrapedAt < SETTLE_MS - SLACK_MS;
    collectGarbage();
    releaseMemory();
    const end = performance.now();
    this.#allowedAt = end + Math.max(PAUSE_MS, PAUSE * (end - begin));
    this.#forced = scrapesGoOn ? Math.min(this.#forced + 1, MAX_FORCED) : 0;
    if (scrapesGoOn) this.#settleLater();
  }
}
