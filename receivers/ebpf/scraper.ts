/** Reads the maps of all running programs for one pipeline. A metric that can't be read costs itself, and is counted. */
import type { Logger, OwnMetric, Scraper, Telemetry } from '../../src/component.ts';
import type { MetricFamily } from '../../src/metric-batch.ts';
import type { FamilyReader } from './map-family.ts';

/** A program that runs, as a scraper sees it. */
export interface ReadableProgram {
  readonly name: string;
  /** Readers of all its metrics, made anew for each scraper. Throws BpfError. */
  makeReaders(): FamilyReader[];
}

export interface Times {
  readonly intervalMs: number;
  readonly initialDelayMs: number;
}

export interface Services {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  /** Told how many series there are. */
  readonly memory?: { grown(series: number): void };
}

export class EbpfScraper implements Scraper {
  readonly intervalMs: number;
  readonly initialDelayMs: number;
  readonly #logger: Logger;
  readonly #memory: Services['memory'];
  readonly #failures: OwnMetric;
  readonly #dropped: OwnMetric;
  readonly #programs: () => readonly ReadableProgram[];
  /** Programs come and go (a library appears, a reload); readers go with them. */
  readonly #readers = new WeakMap<ReadableProgram, readonly FamilyReader[]>();
  readonly #failing = new WeakSet<FamilyReader>();

  constructor(programs: () => readonly ReadableProgram[], times: Times, services: Services) {
    const { logger, telemetry, memory } = services;
    this.#memory = memory;
    this.#programs = programs;
    this.intervalMs = times.intervalMs;
    this.initialDelayMs = times.initialDelayMs;
    this.#logger = logger;
    this.#failures = telemetry.counter('otelcol_receiver_ebpf_failed_map_reads', 'Reads of a BPF map that failed');
    this.#dropped = telemetry.counter('otelcol_receiver_ebpf_dropped_entries', 'Map entries that fit no series');
  }

  scrape(): MetricFamily[] {
    const families: MetricFamily[] = [];
    for (const program of this.#programs()) {
      for (const reader of this.#readersOf(program)) {
        const family = this.#read(reader);
        if (family !== undefined) families.push(family);
      }
    }
    this.#memory?.grown(families.reduce((sum, { rows }) => sum + rows, 0));
    return families;
  }

  #readersOf(program: ReadableProgram): readonly FamilyReader[] {
    const readers = this.#readers.get(program) ?? program.makeReaders();
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
      this.#failing.delete(reader);
      return family;
    } catch (error) {
      this.#failures.add(1, attributes);
      if (!this.#failing.has(reader)) this.#logger.error('map not read', { ...attributes, error });
      this.#failing.add(reader);
      return undefined;
    }
  }
}
