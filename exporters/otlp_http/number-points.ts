/** NumberDataPoint messages of a counter or gauge. */
import type { MetricFamily } from '../../src/metric-batch.ts';
import type { AttributeCache } from './attributes.ts';
import type { PointWriter } from './encoding.ts';
import type { ProtobufWriter } from './protobuf-writer.ts';
import { varintSize } from './protobuf-writer.ts';

/** Tags, all of one byte: data_points, start_time_unix_nano, time_unix_nano, as_double, as_int. */
const DATA_POINT = 0x0a;
const START_TIME = 0x11;
const TIME = 0x19;
const AS_DOUBLE = 0x21;
const AS_INT = 0x31;

/** Start time, time and value with their tags. */
const FIXED = 3 * 9;
const TWO_32 = 0x1_0000_0000;

export class NumberPoints implements PointWriter {
  readonly #family: MetricFamily;
  readonly #cache: AttributeCache;
  readonly #timeUnixNano: bigint;
  readonly #int: boolean;

  constructor(family: MetricFamily, cache: AttributeCache, timeUnixNano: bigint, int: boolean) {
    this.#family = family;
    this.#cache = cache;
    this.#timeUnixNano = timeUnixNano;
    this.#int = int;
  }

  size(row: number): number {
    const body = FIXED + this.#cache.lengths[this.#family.ids[row]];
    return 1 + varintSize(body) + body;
  }

  /** Copies attributes by words: up to three bytes past each point are written, and then written over. */
  write(out: ProtobufWriter, from: number, to: number): void {
    const { ids, values, startTimeUnixNano } = this.#family;
    const { view: arena, offsets, lengths } = this.#cache;
    const { bytes, view } = out;
    const int = this.#int;
    const times = timeFields(startTimeUnixNano, this.#timeUnixNano);
    const words = new DataView(times.buffer);
    const [familyLow, familyHigh] = [words.getUint32(1, true), words.getUint32(5, true)];
    const starts = startWords(this.#family);
    const [timeLow, timeHigh] = [words.getUint32(10, true), words.getUint32(14, true)];
    let pos = out.pos;
    for (let row = from; row < to; row++) {
      const id = ids[row];
      const length = lengths[id];
      bytes[pos++] = DATA_POINT;
      let rest = FIXED + length;
      for (; rest >= 0x80; rest >>>= 7) bytes[pos++] = rest | 0x80;
      bytes[pos] = rest;
      bytes[pos + 1] = START_TIME;
      // Unix time has had a high word since 1970; beyond the end it is undefined.
      const own = starts[2 * id + 1] > 0;
      view.setUint32(pos + 2, own ? starts[2 * id] : familyLow, true);
      view.setUint32(pos + 6, own ? starts[2 * id + 1] : familyHigh, true);
      bytes[pos + 10] = TIME;
      view.setUint32(pos + 11, timeLow, true);
      view.setUint32(pos + 15, timeHigh, true);
      bytes[pos + 19] = int ? AS_INT : AS_DOUBLE;
      if (int) writeSfixed64(view, pos + 20, values[row]);
      else view.setFloat64(pos + 20, values[row], true);
      pos += 28;
      const offset = offsets[id];
      for (let i = 0; i < length; i += 4) view.setUint32(pos + i, arena.getUint32(offset + i, true), true);
      pos += length;
    }
    out.pos = pos;
  }
}

const NO_STARTS = new Uint32Array(0);

/** Start times of series by id, in two words each, low first; 0: the family's. */
function startWords({ series: { startTimesUnixNano: starts } }: MetricFamily): Uint32Array {
  return starts === undefined ? NO_STARTS : new Uint32Array(starts.buffer, starts.byteOffset, starts.length * 2);
}

/** start_time_unix_nano and time_unix_nano with their tags: the same in every point of a family. */
export function timeFields(startTimeUnixNano: bigint, timeUnixNano: bigint): Uint8Array {
  const bytes = new Uint8Array(18);
  const view = new DataView(bytes.buffer);
  bytes[0] = START_TIME;
  view.setBigUint64(1, startTimeUnixNano, true);
  bytes[9] = TIME;
  view.setBigUint64(10, timeUnixNano, true);
  return bytes;
}

/** A whole number within int64, in two's complement. */
function writeSfixed64(view: DataView, pos: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  view.setUint32(pos, value - high * TWO_32, true);
  view.setInt32(pos + 4, high, true);
}
