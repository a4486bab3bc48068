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

  write(out: ProtobufWriter, from: number, to: number): void {
    const { ids, values, startTimeUnixNano } = this.#family;
    const { bytes: arena, offsets, lengths } = this.#cache;
    const { bytes, view } = out;
    const times = timeFields(startTimeUnixNano, this.#timeUnixNano);
    for (let row = from; row < to; row++) {
      const id = ids[row];
      const length = lengths[id];
      bytes[out.pos++] = DATA_POINT;
      out.varint(FIXED + length);
      let pos = out.pos;
      for (let i = 0; i < 18; i++) bytes[pos++] = times[i];
      if (this.#int) {
        bytes[pos] = AS_INT;
        writeSfixed64(view, pos + 1, values[row]);
      } else {
        bytes[pos] = AS_DOUBLE;
        view.setFloat64(pos + 1, values[row], true);
      }
      pos += 9;
      const end = offsets[id] + length;
      for (let i = offsets[id]; i < end; i++) bytes[pos++] = arena[i];
      out.pos = pos;
    }
  }
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
