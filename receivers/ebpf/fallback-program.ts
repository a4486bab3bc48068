/** Metrics whose program is off on this kernel but which the kernel also tells in another way (`fallback` in the YAML). */
import { jitedBytes } from '../../native/index.ts';
import type { InstrumentationScope, MetricFamily } from '../../src/metric-batch.ts';
import { AttributeSeries } from '../../src/series-table.ts';
import { metricHead } from './family-readers.ts';
import type { FamilyHead, FamilyReader } from './map-family.ts';
import { NO_BOUNDS } from './map-family.ts';
import type { ProgramFile } from './program-file.ts';
import type { ReadableProgram } from './scraper.ts';

const PAGE_BYTES = 4096;
/** The JIT packs programs into pages: their bytes, rounded up as a whole, are the least that it holds. */
const jitedPages = (): number => Math.ceil(jitedBytes() / PAGE_BYTES);

/** One value without labels, asked of the kernel at each scrape. */
class SingleValue implements FamilyReader {
  readonly family: MetricFamily;
  readonly dropped = { reason: '', count: 0 };
  readonly #value: () => number;

  constructor(head: FamilyHead, value: () => number) {
    const series = new AttributeSeries();
    series.attributes.push({});
    this.family = { ...head, series, bounds: NO_BOUNDS, rows: 1, ids: new Uint32Array(1), values: new Float64Array(1) };
    this.#value = value;
  }

  read(): MetricFamily {
    this.family.values[0] = this.#value();
    return this.family;
  }
}

export class FallbackProgram implements ReadableProgram {
  readonly name: string;
  /** For status, as an attach group's choice. */
  readonly alternative: string;
  readonly #file: ProgramFile;
  readonly #scope: InstrumentationScope;
  readonly #startTimeUnixNano = BigInt(Date.now()) * 1_000_000n;

  private constructor(file: ProgramFile, scope: InstrumentationScope, alternative: string) {
    this.name = file.name;
    this.alternative = alternative;
    this.#file = file;
    this.#scope = scope;
  }

  /** Undefined unless every metric of the config has a fallback. */
  static of(file: ProgramFile, scope: InstrumentationScope): FallbackProgram | undefined {
    const { counters, gauges, histograms } = file.config.metrics;
    if (gauges.length + histograms.length > 0 || counters.length === 0) return undefined;
    const fallbacks = counters.map(({ name, fallback }) =>
      fallback === undefined ? undefined : `${name}=${fallback}`,
    );
    return fallbacks.includes(undefined) ? undefined : new FallbackProgram(file, scope, fallbacks.join(' '));
  }

  makeReaders(): FamilyReader[] {
    const more = { source: this.name, scope: this.#scope, startTimeUnixNano: this.#startTimeUnixNano };
    return this.#file.config.metrics.counters.map(
      (counter) => new SingleValue({ ...metricHead('counter', counter), ...more }, jitedPages),
    );
  }
}
