/** What an exporter is given by the agent: settings with real telemetry and a log that is kept, and sources to collect. */
import type { Settings } from '../../src/component.ts';
import type { MetricBatch, MetricSource } from '../../src/metric-batch.ts';
import { OwnTelemetry } from '../../src/telemetry.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly attributes: Record<string, unknown>;
}

const fatal = (error: Error): never => {
  throw error;
};

export class ExporterHarness {
  readonly log: LogLine[] = [];
  readonly telemetry = new OwnTelemetry('normal', '0', {});
  readonly settings: Settings;
  readonly #own = this.telemetry.source(60_000, 0);
  #changed = Promise.withResolvers<void>();

  constructor(id: string) {
    const line =
      (level: string) =>
      (message: string, attributes: Record<string, unknown> = {}): void => {
        this.log.push({ level, message, attributes });
        const changed = this.#changed;
        this.#changed = Promise.withResolvers();
        changed.resolve();
      };
    const logger = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    this.settings = { id, kind: 'exporter', logger, telemetry: this.telemetry, version: '1.2.3', generation: 1, fatal };
  }

  /** The sum of an own metric over its series, or of those with `error.type`. */
  own(name: string, errorType?: string): number {
    const family = this.#own.collect().families.find(({ descriptor }) => descriptor.name === name);
    let sum = 0;
    for (let row = 0; row < (family?.rows ?? 0); row++) {
      const attributes = family?.series.attributes[family.ids[row]];
      if (errorType === undefined || attributes?.['error.type'] === errorType) sum += family?.values[row] ?? 0;
    }
    return sum;
  }

  /** Resolves with the first log line, past or to come, that holds `text`. */
  async logged(text: string): Promise<LogLine> {
    for (;;) {
      const found = this.log.find((entry) => JSON.stringify(entry).includes(text));
      if (found !== undefined) return found;
      await this.#changed.promise;
    }
  }
}

/** A source that is due at once and then every `intervalMs`, with whatever `collect` makes. */
export function sourceOf(collect: () => MetricBatch, intervalMs = 60_000, id = 'metrics'): MetricSource {
  return { id, intervalMs, initialDelayMs: 0, collect };
}

/** Polls, for what has no event: `condition` is asked every few milliseconds until it holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
