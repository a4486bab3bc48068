/** HistogramDataPoint messages with explicit bounds. */
import type { MetricFamily } from '../../src/metric-batch.ts';
import { startTimeUnixNano, stride } from '../../src/metric-batch.ts';
import type { AttributeCache } from './attributes.ts';
import type { PointWriter } from './encoding.ts';
import { timeFields } from './number-points.ts';
import { FIXED64, LENGTH_DELIMITED, ProtobufWriter, varintSize } from './protobuf-writer.ts';

const DATA_POINT = 1;
const COUNT = 4;
const SUM = 5;
const BUCKET_COUNTS = 6;
const EXPLICIT_BOUNDS = 7;
const TWO_32 = 0x1_0000_0000;

export class HistogramPoints implements PointWriter {
  readonly #family: MetricFamily;
  readonly #cache: AttributeCache;
  readonly #times: Uint8Array;
  readonly #timesView: DataView;
  readonly #bounds: Uint8Array;
  /** Bytes of a point without its attributes. */
  readonly #fixed: number;

  constructor(family: MetricFamily, cache: AttributeCache, timeUnixNano: bigint) {
    this.#family = family;
    this.#cache = cache;
    this.#times = timeFields(family.startTimeUnixNano, timeUnixNano);
    this.#timesView = new DataView(this.#times.buffer);
    this.#bounds = encodeBounds(family.bounds);
    const buckets = 8 * (family.bounds.length + 1);
    this.#fixed = this.#times.length + 9 + 9 + 1 + varintSize(buckets) + buckets + this.#bounds.length;
  }

  size(row: number): number {
    const body = this.#fixed + this.#cache.lengths[this.#family.ids[row]];
    return 1 + varintSize(body) + body;
  }

  write(out: ProtobufWriter, from: number, to: number): void {
    const { ids, values } = this.#family;
    const width = stride(this.#family);
    for (let row = from; row < to; row++) {
      const offset = this.#cache.offsets[ids[row]];
      const length = this.#cache.lengths[ids[row]];
      out.tag(DATA_POINT, LENGTH_DELIMITED);
      out.varint(this.#fixed + length);
      if (this.#family.series.startTimesUnixNano !== undefined)
        this.#timesView.setBigUint64(1, startTimeUnixNano(this.#family, row), true);
      out.raw(this.#times);
      writeValues(out, values, row * width, width - 1);
      out.raw(this.#bounds);
      out.raw(this.#cache.bytes.subarray(offset, offset + length));
    }
  }
}

/** count, sum and bucket_counts of a row that starts at `at` with `buckets` counts and then has the sum. */
function writeValues(out: ProtobufWriter, values: Float64Array, at: number, buckets: number): void {
  let count = 0;
  for (let i = 0; i < buckets; i++) count += values[at + i];
  out.tag(COUNT, FIXED64);
  writeFixed64(out, count);
  out.tag(SUM, FIXED64);
  out.double(values[at + buckets]);
  out.tag(BUCKET_COUNTS, LENGTH_DELIMITED);
  out.varint(8 * buckets);
  for (let i = 0; i < buckets; i++) writeFixed64(out, values[at + i]);
}

function writeFixed64(out: ProtobufWriter, value: number): void {
  out.reserve(8);
  out.view.setUint32(out.pos, value >>> 0, true);
  out.view.setUint32(out.pos + 4, (value / TWO_32) >>> 0, true);
  out.pos += 8;
}

/** The same for every row: packed, and absent when there is only the bucket without a bound. */
function encodeBounds(bounds: Float64Array): Uint8Array {
  const out = new ProtobufWriter(bounds.length * 8 + 8);
  if (bounds.length === 0) return out.written();
  out.message(EXPLICIT_BOUNDS, () => bounds.forEach((bound) => out.double(bound)));
  return out.written();
}
