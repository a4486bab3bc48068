/** zap's sampler: of the same message and level, the first `initial` in each tick, then each `thereafter`th. */

export interface SamplerOptions {
  readonly tick: number;
  readonly initial: number;
  readonly thereafter: number;
}

interface Count {
  tickStart: number;
  seen: number;
  /** Left out since a line of this message was last logged. */
  dropped: number;
}

/** Messages made of data could be many: then the counts that have been idle are forgotten. */
const MAX_MESSAGES = 1000;

export class LogSampler {
  readonly #options: SamplerOptions;
  readonly #counts = new Map<string, Count>();
  /** Dropped lines of counts that were forgotten. */
  #forgotten = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** @returns undefined to leave the line out, else how many were left out before it. `nowMs` is monotonic. */
  sample(key: string, nowMs: number): number | undefined {
    const count = this.#counts.get(key) ?? this.#add(key, nowMs);
    if (nowMs - count.tickStart >= this.#options.tick) {
      count.tickStart = nowMs;
      count.seen = 0;
    }
    count.seen++;
    const { initial, thereafter } = this.#options;
    const beyond = count.seen - initial;
    if (beyond > 0 && (thereafter === 0 || beyond % thereafter !== 0)) {
      count.dropped++;
      return undefined;
    }
    const { dropped } = count;
    count.dropped = 0;
    return dropped;
  }

  /** Lines left out whose message has not come again: to be told at the end. */
  get pending(): number {
    return [...this.#counts.values()].reduce((sum, { dropped }) => sum + dropped, this.#forgotten);
  }

  #add(key: string, nowMs: number): Count {
    if (this.#counts.size >= MAX_MESSAGES) this.#forget(nowMs);
    const count = { tickStart: nowMs, seen: 0, dropped: 0 };
    this.#counts.set(key, count);
    return count;
  }

  #forget(nowMs: number): void {
    for (const [key, { tickStart, dropped }] of this.#counts) {
      if (dropped === 0 && nowMs - tickStart >= this.#options.tick) this.#counts.delete(key);
    }
    if (this.#counts.size < MAX_MESSAGES) return;
    const [[oldest, { dropped }]] = this.#counts;
    this.#forgotten += dropped;
    this.#counts.delete(oldest);
  }
}
