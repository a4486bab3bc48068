/** The collector's retry_on_failure. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetryConfig } from './config.ts';

/** The waits of one request: exponential, with jitter. */
export class Backoff {
  readonly #config: RetryConfig;
  readonly #random: () => number;
  #interval: number;

  constructor(config: RetryConfig, random: () => number = Math.random) {
    this.#config = config;
    this.#random = random;
    this.#interval = config.initial_interval;
  }

  /**
   * How long to wait before the next attempt; undefined: give up, it would come after max_elapsed_time.
   * @param elapsedMs since the first attempt began
   * @param atLeastMs what the backend asked for
   */
  next(elapsedMs: number, atLeastMs: number): number | undefined {
    const {
      enabled,
      randomization_factor: factor,
      multiplier,
      max_interval: longest,
      max_elapsed_time: limit,
    } = this.#config;
    if (!enabled) return undefined;
    const jittered = this.#interval * (1 + factor * (2 * this.#random() - 1));
    this.#interval = Math.min(this.#interval * multiplier, longest);
    const wait = Math.max(jittered, atLeastMs);
    return limit > 0 && elapsedMs + wait > limit ? undefined : wait;
  }
}

/** Waits, or less when `signal` is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Only an abort ends it early, and the caller looks at the signal.
  }
}
