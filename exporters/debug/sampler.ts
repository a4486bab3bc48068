/** The collector's log sampling: the first batches of each second, and each so-manieth of the others. */

const TICK_MS = 1000;

export class Sampler {
  readonly #initial: number;
  readonly #thereafter: number;
  readonly #now: () => number;
  #tickEnds = -Infinity;
  #seen = 0;

  /** @param now a monotonic clock, milliseconds */
  constructor(initial: number, thereafter: number, now: () => number = () => performance.now()) {
    this.#initial = initial;
    this.#thereafter = thereafter;
    this.#now = now;
  }

  /** Whether the batch that came now is printed. */
  take(): boolean {
    if (this.#now() >= this.#tickEnds) {
      this.#tickEnds = this.#now() + TICK_MS;
      this.#seen = 0;
    }
    const beyond = ++this.#seen - this.#initial;
    return beyond <= 0 || (this.#thereafter > 0 && beyond % this.#thereafter === 0);
  }
}
