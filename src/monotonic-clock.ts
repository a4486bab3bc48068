/**
 * Wall time of the kernel's monotonic clock (bpf_ktime_get_ns, CLOCK_MONOTONIC), right to well under a millisecond, also
 * after hours: the wall clock is stepped and slewed, so the offset between the two is measured again and again.
 *
 * `Date.now()` is cut down to a whole millisecond: each sample of the offset is up to 1 ms too small and never too large, so
 * the largest of recent samples is the best.
 */
const WINDOW_NS = 2_000_000_000n;
const SAMPLES = 64;

export class MonotonicClock {
  #best = 0n;
  #since = 0n;

  /** Unix nanoseconds of a monotonic time in nanoseconds. */
  toUnixNano(monotonicNs: bigint): bigint {
    const now = process.hrtime.bigint();
    if (now - this.#since > WINDOW_NS) this.#measure(now);
    return monotonicNs + this.#best;
  }

  #measure(now: bigint): void {
    const samples = Array.from({ length: SAMPLES }, () => offset());
    const measured = samples.reduce((best, sample) => (sample > best ? sample : best));
    const drifted = measured - this.#best;
    // Within the cut of one sample the older, better one stays; beyond it the wall clock has moved.
    if (drifted > 0n || drifted < -1_000_000n) this.#best = measured;
    this.#since = now;
  }
}

const offset = (): bigint => BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
