/** Reads the maps of all running programs for one pipeline. A metric that can't be read costs itself, and is counted. */
import type { Logger, OwnMetric, Scraper, Telemetry } from '../../src/component.ts';
import type { MetricFamily } from '../../src/metric-batch.ts';
import type { FamilyReader, MapUse } from './map-family.ts';

/** A program that runs, as a scraper sees it. */
export interface ReadableProgram {
  readonly name: string;
  /** Readers of all its metrics, made anew for each scraper. Throws BpfError. */
  makeReaders(seriesLimit?: number): FamilyReader[];
}

/** How one pipeline reads. */
export interface Times {
  readonly intervalMs: number;
  readonly initialDelayMs: number;
  /** Of each metric; 0 (default): none. */
  readonly seriesLimit?: number;
}

export interface Services {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Told how many series there are, and how many map entries are gone since the scrape before. */
  readonly memory?: { scraped(series: number, gone: number): void };
  /** Told of each map that was read. */
  readonly maps?: { read(config: string, use: MapUse, reader: FamilyReader): void };
}

export class EbpfScraper implements Scraper {
  readonly intervalMs: number;
  readonly initialDelayMs: number;
  readonly #logger: Logger;
  readonly #memory: Services['memory'];
  readonly #maps: Services['maps'];
  readonly #seriesLimit: number;
  readonly #overflowing: OwnMetric;
  readonly #failures: OwnMetric;
  readonly #dropped: OwnMetric;
  #gone = 0;
  readonly #programs: () => readonly ReadableProgram[];
  /** Programs come and go (a library appears, a reload); readers go with them. */
  readonly #readers = new WeakMap<ReadableProgram, readonly FamilyReader[]>();
  readonly #failing = new WeakSet<FamilyReader>();
  readonly #overflowed = new WeakSet<FamilyReader>();

  constructor(programs: () => readonly ReadableProgram[], times: Times, services: Services) {
    const { logger, telemetry, memory, maps } = services;
    this.#memory = memory;
    this.#maps = maps;
    this.#seriesLimit = times.seriesLimit ?? 0;
    this.#programs = programs;
    this.intervalMs = times.intervalMs;
    this.initialDelayMs = times.initialDelayMs;
    this.#logger = logger;
    this.#overflowing = telemetry.gauge(
      'otelcol_receiver_ebpf_overflowing_series',
      'Series beyond series_limit, shown as one with the label otel.metric.overflow',
    );
    this.#failures = telemetry.counter('otelcol_receiver_ebpf_failed_map_reads', 'Reads of a BPF map that failed');
    this.#dropped = telemetry.counter('otelcol_receiver_ebpf_dropped_entries', 'Map entries that fit no series');
  }

  scrape(): MetricFamily[] {
    const families: MetricFamily[] = [];
    this.#gone = 0;
    for (const program of this.#programs()) {
      for (const reader of this.#readersOf(program)) {
        const family = this.#read(reader);
        if (family !== undefined) families.push(family);
      }
    }
    this.#memory?.scraped(
      families.reduce((sum, { rows }) => sum + rows, 0),
      this.#gone,
    );
    return families;
  }

  #readersOf(program: ReadableProgram): readonly FamilyReader[] {
    const readers = this.#readers.get(program) ?? program.makeReaders(this.#seriesLimit);
    this.#readers.set(program, readers);
    return readers;
  }

  #read(reader: FamilyReader): MetricFamily | undefined {
    const { source: config, descriptor } = reader.family;
    const attributes = { config, metric: descriptor.name };
    try {
      const family = reader.read();
      const { count, reason } = reader.dropped;
      if (count > 0) this.#dropped.add(count, { ...attributes, reason });
      if (reader.use !== undefined) this.#maps?.read(config, reader.use, reader);
      this.#gone += reader.use?.vanished ?? 0;
      this.#tellOverflow(reader, attributes);
      this.#failing.delete(reader);
      return family;
    } catch (error) {
      this.#failures.add(1, attributes);
      if (!this.#failing.has(reader)) this.#logger.error('map not read', { ...attributes, error });
      this.#failing.add(reader);
      return undefined;
    }
  }

  /** A metric is told from when it first has series beyond the limit. */
  #tellOverflow(reader: FamilyReader, attributes: { readonly config: string; readonly metric: string }): void {
    const { overflowing = 0 } = reader;
    if (overflowing === 0 && !this.#overflowed.has(reader)) return;
    this.#overflowing.set(overflowing, attributes);
    if (!this.#overflowed.has(reader))
      this.#logger.warn('more series than series_limit', { ...attributes, overflowing });
    this.#overflowed.add(reader);
  }
}
