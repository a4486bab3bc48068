/** From a map's snapshot to a family's columns: a counter is the snapshot itself, a histogram is scattered into rows. */
import type { MapInfo, MapReader, MapSnapshot } from '../../native/index.ts';
import { KeyTable } from '../../src/key-table.ts';
import type { KeyLabel, MetricFamily } from '../../src/metric-batch.ts';
import type { SeriesOptions } from '../../src/series-table.ts';
import { SeriesTable } from '../../src/series-table.ts';
import type { Buckets } from './histogram.ts';
import { bucketNumber } from './histogram.ts';

/** What a family says of itself; the rest are columns. */
export type FamilyHead = Pick<MetricFamily, 'descriptor' | 'kind' | 'startTimeUnixNano' | 'scope' | 'source'>;

/** The map that a metric is read from, and how its series are kept. */
export interface ReadOptions extends SeriesOptions {
  readonly map?: MapInfo;
}

/** Of the last read: how full the map is, and how many keys of the read before it had no more. */
export interface MapUse {
  readonly map: MapInfo;
  readonly entries: number;
  readonly vanished: number;
}

/** Reads one metric; the family is valid until the next `read`. Throws BpfError when the map can't be read. */
export interface FamilyReader {
  readonly family: MetricFamily;
  read(): MetricFamily;
  /** Entries of the last read that fit no series, with the reason. */
  readonly dropped: { readonly reason: string; count: number };
  /** Undefined for what is no map of the kernel's, or read CPU by CPU. */
  readonly use?: MapUse | undefined;
  /** Series beyond the limit, folded into one. */
  readonly overflowing?: number;
}

export const NO_BOUNDS = new Float64Array(0);

/** What reads a map; a MapReader, a recording, or a view of one. */
export type SnapshotReader = Pick<MapReader, 'keySize' | 'fields' | 'read'>;

/** A counter or gauge: the map's values are the family's, where they lie, unless they are one field of several. */
export class ValueReader implements FamilyReader {
  readonly family: MetricFamily;
  readonly dropped = { reason: '', count: 0 };
  readonly #reader: SnapshotReader;
  readonly #table: SeriesTable;
  readonly #field: number;
  readonly #map: MapInfo | undefined;
  #column: Float64Array = NO_BOUNDS;

  /** @param field which u64 of the map's value. */
  constructor(
    head: FamilyHead,
    reader: SnapshotReader,
    labels: readonly KeyLabel[],
    field = 0,
    options: ReadOptions = {},
  ) {
    this.#map = options.map;
    this.#reader = reader;
    this.#field = field;
    this.#table = new SeriesTable(reader.keySize, labels, options);
    this.family = { ...head, series: this.#table, bounds: NO_BOUNDS, rows: 0, ids: this.#table.ids, values: NO_BOUNDS };
  }

  read(): MetricFamily {
    const { count, keys, values } = this.#reader.read();
    const { family } = this;
    this.#table.begin();
    family.rows = this.#table.intern(keys, count, values, this.#reader.fields);
    family.ids = this.#table.ids;
    family.values = this.#reader.fields === 1 ? values : this.#pick(values, family.rows);
    const keepFrom = this.#table.sweepDue(family.rows);
    if (keepFrom > 0) this.#table.sweep(keepFrom);
    return family;
  }

  get use(): MapUse | undefined {
    return useOf(this.#map, this.#table);
  }
  get overflowing(): number {
    return this.#table.overflowing;
  }

  #pick(values: Float64Array, rows: number): Float64Array {
    if (this.#column.length < rows) this.#column = new Float64Array(Math.max(rows, this.#column.length * 2));
    const { fields } = this.#reader;
    for (let row = 0; row < rows; row++) this.#column[row] = values[row * fields + this.#field];
    return this.#column;
  }
}

const useOf = (map: MapInfo | undefined, { rows: entries, vanished, keySize }: KeyTable): MapUse | undefined =>
  map === undefined || keySize !== map.keySize ? undefined : { map, entries, vanished };

const CPU_BYTES = 2;

/** One row a key from a per-CPU map read CPU by CPU: the largest value of each field. */
export class MaxOverCpus implements SnapshotReader {
  readonly keySize: number;
  readonly fields: number;
  readonly #reader: MapReader;
  #keys = new Uint8Array(0);

  /** @param reader with `perCpu: 'each'`: a key's rows lie together, its CPU number behind each key. */
  constructor(reader: MapReader) {
    this.#reader = reader;
    this.keySize = reader.keySize - CPU_BYTES;
    this.fields = reader.fields;
  }

  read(): MapSnapshot {
    const { count, keys, values } = this.#reader.read();
    const { keySize, fields } = this;
    if (this.#keys.length < count * keySize) this.#keys = new Uint8Array(count * keySize);
    let rows = 0;
    for (let row = 0; row < count; row++) {
      const at = row * (keySize + CPU_BYTES);
      const isFirst = keys[at + keySize] === 0 && keys[at + keySize + 1] === 0;
      if (isFirst) this.#keys.set(keys.subarray(at, at + keySize), rows++ * keySize);
      const to = (rows - 1) * fields;
      for (let i = 0; i < fields; i++)
        values[to + i] = isFirst ? values[row * fields + i] : Math.max(values[to + i], values[row * fields + i]);
    }
    return { count: rows, keys: this.#keys, values };
  }
}

/** Map entries of a histogram: each key is a series and a column of it. */
class EntryTable extends KeyTable {
  series: Uint32Array = new Uint32Array(64);
  columns: Int32Array = new Int32Array(64);
  readonly #table: SeriesTable;
  readonly #buckets: Buckets;
  readonly #bucketOffset: number;
  readonly #bucketSize: number;

  constructor(keySize: number, table: SeriesTable, buckets: Buckets, bucket: KeyLabel) {
    super(keySize);
    this.#table = table;
    this.#buckets = buckets;
    this.#bucketOffset = bucket.offset;
    this.#bucketSize = bucket.size;
  }

  protected override added(id: number): void {
    const key = this.key(id);
    this.series[id] = this.#table.internOne(key.subarray(0, this.#bucketOffset));
    this.columns[id] = this.#buckets.column(bucketNumber(key, this.#bucketOffset, this.#bucketSize));
  }
  protected override resized(capacity: number): void {
    const { series, columns } = this;
    this.series = new Uint32Array(capacity);
    this.series.set(series);
    this.columns = new Int32Array(capacity);
    this.columns.set(columns);
  }
}

export class HistogramReader implements FamilyReader {
  readonly family: MetricFamily;
  readonly dropped = { reason: 'bucket_out_of_range', count: 0 };
  readonly #reader: SnapshotReader;
  readonly #table: SeriesTable;
  readonly #entries: EntryTable;
  readonly #multiplier: number;
  readonly #map: MapInfo | undefined;
  readonly #sumColumn: number;
  /** The rows' series: the family's own column until a fold replaces it there. */
  #ids: Uint32Array = new Uint32Array(0);
  /** series id -> its row, and the scrape that row is of. */
  #rowOf: Uint32Array = new Uint32Array(64);
  #rowScrape: Uint32Array = new Uint32Array(64);

  /** @param labels all of the key's labels, the bucket last. */
  constructor(
    head: FamilyHead,
    reader: SnapshotReader,
    labels: readonly KeyLabel[],
    buckets: Buckets,
    options: ReadOptions = {},
  ) {
    this.#map = options.map;
    const bucket = labels[labels.length - 1];
    this.#reader = reader;
    this.#table = new SeriesTable(bucket.offset, labels.slice(0, -1), options);
    this.#entries = new EntryTable(reader.keySize, this.#table, buckets, bucket);
    this.#multiplier = buckets.multiplier;
    this.#sumColumn = buckets.bounds.length + 1;
    this.family = {
      ...head,
      series: this.#table,
      bounds: buckets.bounds,
      rows: 0,
      ids: new Uint32Array(0),
      values: NO_BOUNDS,
    };
  }

  read(): MetricFamily {
    const { count, keys, values } = this.#reader.read();
    const { family } = this;
    this.#table.begin();
    this.#entries.begin();
    family.rows = 0;
    family.ids = this.#ids;
    this.dropped.count = 0;
    const entries = this.#entries.intern(keys, count, values, 1);
    for (let at = 0; at < entries; at++) this.#scatter(this.#entries.ids[at], values[at]);
    const keepFrom = this.#entries.sweepDue(entries);
    if (keepFrom > 0) {
      this.#entries.sweep(keepFrom);
      this.#table.sweep(keepFrom);
    }
    return family;
  }

  get use(): MapUse | undefined {
    return useOf(this.#map, this.#entries);
  }
  get overflowing(): number {
    return this.#table.overflowing;
  }

  #scatter(entry: number, value: number): void {
    const column = this.#entries.columns[entry];
    const row = this.#row(this.#entries.series[entry]);
    // The series is shown all the same, as ebpf_exporter's users know it.
    if (column < 0) {
      this.dropped.count++;
      return;
    }
    const width = this.#sumColumn + 1;
    this.family.values[row * width + column] = column === this.#sumColumn ? value * this.#multiplier : value;
  }

  #row(series: number): number {
    if (series >= this.#rowOf.length) this.#growRows();
    if (this.#rowScrape[series] === this.#table.generation) return this.#rowOf[series];
    this.#table.touch(series);
    this.#rowScrape[series] = this.#table.generation;
    const row = this.family.rows++;
    this.#rowOf[series] = row;
    if (row >= this.#ids.length) this.#growColumns();
    this.#ids[row] = series;
    const width = this.#sumColumn + 1;
    this.family.values.fill(0, row * width, (row + 1) * width);
    return row;
  }

  #growRows(): void {
    const [rowOf, rowScrape] = [this.#rowOf, this.#rowScrape];
    const length = Math.max(rowOf.length * 2, this.#table.limit);
    this.#rowOf = new Uint32Array(length);
    this.#rowOf.set(rowOf);
    this.#rowScrape = new Uint32Array(length);
    this.#rowScrape.set(rowScrape);
  }

  #growColumns(): void {
    const [ids, { values }] = [this.#ids, this.family];
    const length = Math.max(16, ids.length * 2);
    this.#ids = new Uint32Array(length);
    this.#ids.set(ids);
    this.family.ids = this.#ids;
    this.family.values = new Float64Array(length * (this.#sumColumn + 1));
    this.family.values.set(values);
  }
}
