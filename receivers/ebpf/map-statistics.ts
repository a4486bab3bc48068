/** How full maps are, what they lose, and the size to set: from what scrapes read anyway, without a system call more. */
import { possibleCpus } from '../../native/index.ts';
import type { Logger, OwnMetric, Telemetry } from '../../src/component.ts';
import type { FamilyReader, MapUse } from './map-family.ts';

/** A map is told of when so much of it is taken. */
const NEARLY_FULL = 0.9;
/** The kernel keeps up to so many free entries of an LRU map for each CPU: it evicts before all are taken. */
const LRU_FREE_PER_CPU = 128;

export class MapStatistics {
  readonly #logger: Logger;
  readonly #entries: OwnMetric;
  readonly #maxEntries: OwnMetric;
  readonly #evictions: OwnMetric;
  /** The reader whose vanished keys count: several metrics and pipelines may read one map. */
  readonly #teller = new WeakMap<MapUse['map'], FamilyReader>();
  /** `CONFIG/MAP` of those that a log line has told of. */
  readonly #told = new Set<string>();

  constructor(telemetry: Telemetry, logger: Logger) {
    this.#logger = logger;
    this.#entries = telemetry.gauge('otelcol_receiver_ebpf_map_entries', 'Entries of a BPF map at its last read');
    this.#maxEntries = telemetry.gauge('otelcol_receiver_ebpf_map_max_entries', 'Entries that a BPF map has room for');
    this.#evictions = telemetry.counter(
      'otelcol_receiver_ebpf_map_evictions',
      'Keys that are gone from a full LRU map since the read before: an estimate, as eviction is not told',
    );
  }

  /** After each read of a map. Arrays, which are always full, are not told of. */
  read(config: string, { map, entries, vanished }: MapUse, reader: FamilyReader): void {
    if (!/hash|trie/.test(map.type)) return;
    const attributes = { config, map: map.name };
    this.#entries.set(entries, attributes);
    this.#maxEntries.set(map.maxEntries, attributes);
    if (!map.type.startsWith('lru_')) {
      if (entries >= NEARLY_FULL * map.maxEntries) this.#tell(config, map, 'is nearly full', { entries });
      return;
    }
    if (!this.#teller.has(map)) this.#teller.set(map, reader);
    if (this.#teller.get(map) !== reader) return;
    const full = entries + LRU_FREE_PER_CPU * possibleCpus() >= map.maxEntries;
    this.#evictions.add(full ? vanished : 0, attributes);
    if (full && vanished > 0) this.#tell(config, map, 'evicts entries', { entries, evicted: vanished });
  }

  /** `failed`: inserts that found no room, since the start. */
  failed(config: string, map: { readonly name: string; readonly maxEntries: number }, failed: number): void {
    if (failed > 0) this.#tell(config, map, 'is full', { failed_inserts: failed });
  }

  /** One line for each map, with the size to set; the log, which samples lines of one message, keeps all of them. */
  #tell(
    config: string,
    { name, maxEntries }: { readonly name: string; readonly maxEntries: number },
    what: string,
    more: Record<string, number>,
  ): void {
    if (this.#told.has(`${config}/${name}`)) return;
    this.#told.add(`${config}/${name}`);
    const set = `map_sizes: {${name}: ${2 * maxEntries}}`;
    this.#logger.warn(`map ${name} ${what}`, { config, map: name, max_entries: maxEntries, ...more, set });
  }
}
