/** Periodic collection for push exporters, the specification's PeriodicExportingMetricReader over columns. */
import type { Logger } from './component.ts';
import type { MetricBatch, MetricSource } from './metric-batch.ts';

/** Longer waits overflow Node's timers. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Takes what it needs of the batch before it first awaits: then the batch may change. The source is not collected again
 * before the answer resolves. Faults are the consumer's to count; one that throws is logged.
 */
export type BatchConsumer = (source: MetricSource, batch: MetricBatch) => Promise<void> | void;

interface Schedule {
  readonly source: MetricSource;
  /** On the monotonic clock, milliseconds. */
  due: number;
  timer?: NodeJS.Timeout;
  busy: Promise<void>;
}

/**
 * One timer per source. Collections are due at the initial delay and then every interval, whatever they take; those that
 * fall due while one still runs are left out and logged (values are cumulative, so the next carries what they had).
 */
export class PeriodicCollector {
  readonly #schedules: Schedule[];
  readonly #consume: BatchConsumer;
  readonly #logger: Logger;
  #running = false;

  constructor(sources: readonly MetricSource[], consume: BatchConsumer, logger: Logger) {
    this.#schedules = sources.map((source) => ({ source, due: 0, busy: Promise.resolve() }));
    this.#consume = consume;
    this.#logger = logger;
  }

  start(): void {
    this.#running = true;
    for (const schedule of this.#schedules) {
      schedule.due = performance.now() + schedule.source.initialDelayMs;
      this.#arm(schedule);
    }
  }

  /** No collection begins by itself any more; resolves when none is under way. */
  async stop(): Promise<void> {
    this.#running = false;
    for (const { timer } of this.#schedules) clearTimeout(timer);
    await Promise.all(this.#schedules.map(({ busy }) => busy));
  }

  /** Collects every source once, now; resolves when its consumer has. Never rejects. */
  async collectNow(): Promise<void> {
    await Promise.all(this.#schedules.map((schedule) => this.#enqueue(schedule)));
  }

  #arm(schedule: Schedule): void {
    const wait = Math.min(Math.max(schedule.due - performance.now(), 0), MAX_TIMER_MS);
    schedule.timer = setTimeout(() => void this.#tick(schedule), wait);
  }

  async #tick(schedule: Schedule): Promise<void> {
    await this.#enqueue(schedule);
    if (!this.#running) return;
    const { intervalMs, id } = schedule.source;
    // A timer may fire a little early by this clock.
    const late = Math.max(Math.floor((performance.now() - schedule.due) / intervalMs), 0);
    if (late > 0) this.#logger.warn('collections left out: the one before took longer', { source: id, count: late });
    schedule.due += (late + 1) * intervalMs;
    this.#arm(schedule);
  }

  /** After what is under way for the same source. */
  #enqueue(schedule: Schedule): Promise<void> {
    schedule.busy = schedule.busy.then(() => this.#collect(schedule.source));
    return schedule.busy;
  }

  async #collect(source: MetricSource): Promise<void> {
    try {
      await this.#consume(source, source.collect());
    } catch (error) {
      this.#logger.error('collection failed', { source: source.id, error });
    }
  }
}
