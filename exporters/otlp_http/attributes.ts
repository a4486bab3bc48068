/** Attributes as OTLP's repeated KeyValue, and a cache of them by series: a push touches numbers only. */
import type { AnyValue, Attributes } from '@opentelemetry/api';
import type { Series } from '../../src/metric-batch.ts';
import { FIXED64, ProtobufWriter, VARINT } from './protobuf-writer.ts';

const MAX_INT64 = 2 ** 63;
/** Entries may be copied by words of four bytes. */
const OVERREAD = 3;

/** Appends every attribute as a KeyValue in `field`. */
export function writeAttributes(writer: ProtobufWriter, field: number, attributes: Attributes): void {
  for (const key of Object.keys(attributes)) {
    writer.message(field, () => {
      writer.string(1, key);
      writer.message(2, () => writeAnyValue(writer, attributes[key]));
    });
  }
}

/** Whole numbers are int64; `null` and `undefined` are the empty AnyValue. */
function writeAnyValue(writer: ProtobufWriter, value: AnyValue): void {
  if (typeof value === 'string') writer.string(1, value);
  else if (typeof value === 'boolean') writeVarint(writer, 2, value ? 1 : 0);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (value instanceof Uint8Array) writer.message(7, () => writer.raw(value));
  else if (Array.isArray(value)) writer.message(5, () => writeArray(writer, value));
  else if (typeof value === 'object' && value !== null)
    writer.message(6, () => writeAttributes(writer, 1, value as Attributes));
}

function writeArray(writer: ProtobufWriter, items: readonly AnyValue[]): void {
  for (const item of items) writer.message(1, () => writeAnyValue(writer, item));
}

function writeNumber(writer: ProtobufWriter, value: number): void {
  if (Number.isInteger(value) && value >= -MAX_INT64 && value < MAX_INT64) return writeVarint(writer, 3, value);
  writer.tag(4, FIXED64);
  writer.double(value);
}

function writeVarint(writer: ProtobufWriter, field: number, value: number): void {
  writer.tag(field, VARINT);
  writer.int64(value);
}

/**
 * The encoded attributes of one family's series, in one arena. An entry holds while `series.attributes[id]` is the same
 * object; what series of the past leave behind is given back once it is more than what the present ones need.
 */
export class AttributeCache {
  /** Where the attributes of an id lie in `bytes`, and how long they are. Right for the ids of the last `refresh`. */
  offsets: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  lengths: Uint32Array<ArrayBuffer> = new Uint32Array(0);
  readonly #field: number;
  #arena = new ProtobufWriter();
  #known: (Attributes | null | undefined)[] = [];

  /** @param field the number of `attributes` in the point's message: 7 in NumberDataPoint, 9 in HistogramDataPoint. */
  constructor(field: number) {
    this.#field = field;
  }

  get bytes(): Uint8Array {
    return this.#arena.bytes;
  }
  /** The same; three bytes past the end of each entry can be read. */
  get view(): DataView {
    return this.#arena.view;
  }

  /** Called before each use, with the ids that will be asked for. */
  refresh(series: Series, ids: Uint32Array, rows: number): void {
    const live = this.#add(series, ids, rows);
    this.#arena.reserve(OVERREAD);
    if (this.#arena.pos <= 2 * live + 65_536) return;
    this.#arena = new ProtobufWriter(live + OVERREAD);
    this.#known = [];
    this.#add(series, ids, rows);
    this.#arena.reserve(OVERREAD);
  }

  /** Encodes what is new, and answers how many bytes the rows need in all. */
  #add(series: Series, ids: Uint32Array, rows: number): number {
    let live = 0;
    for (let row = 0; row < rows; row++) {
      const id = ids[row];
      if (this.#known[id] !== series.attributes[id] || id >= this.#known.length) this.#encode(series, id);
      live += this.lengths[id];
    }
    return live;
  }

  #encode(series: Series, id: number): void {
    if (id >= this.offsets.length) this.#grow(id + 1);
    const start = this.#arena.pos;
    writeAttributes(this.#arena, this.#field, series.attributes[id] ?? {});
    this.offsets[id] = start;
    this.lengths[id] = this.#arena.pos - start;
    this.#known[id] = series.attributes[id];
  }

  #grow(least: number): void {
    const size = Math.max(least, this.offsets.length * 2);
    const offsets = new Uint32Array(size);
    const lengths = new Uint32Array(size);
    offsets.set(this.offsets);
    lengths.set(this.lengths);
    this.offsets = offsets;
    this.lengths = lengths;
  }
}
