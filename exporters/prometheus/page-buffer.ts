/**
 * Bytes of a page under construction, and a small pool of them. Text is copied eight bytes at a time as doubles: of all
 * ways tried (byte loop, `copyWithin`, `Buffer.copy`, strings) the fastest for lines of some 80 bytes. A copy may change
 * the bits of a NaN; valid UTF-8 has none (0xff never occurs, and 0x7f never follows 0xf0 or above), so sources must be that.
 */

/** Copies read and write up to seven bytes more than asked for; buffers and sources have this much room behind. */
export const SLACK = 8;
const MIN_BYTES = 64 * 1024;
/** The longest number in JavaScript's spelling has 25. */
export const NUMBER_BYTES = 32;

export class PageBuffer {
  bytes: Buffer;
  view: DataView;
  /** Bytes of the page so far. */
  length = 0;

  constructor(capacity: number = MIN_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `bytes` more; `bytes` and `view` may be other objects afterwards. */
  reserve(bytes: number): void {
    const needed = this.length + bytes + SLACK;
    if (needed <= this.bytes.length) return;
    let capacity = this.bytes.length;
    while (capacity < needed) capacity *= 2;
    const bigger = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(bigger, 0, 0, this.length);
    this.bytes = bigger;
    this.view = viewOf(bigger);
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.length += this.bytes.write(text, this.length);
  }

  /** The page: a view, valid until the buffer is given back. */
  page(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** Text that is copied into pages often. */
export class Segment {
  readonly view: DataView;
  readonly length: number;
  constructor(text: string) {
    const bytes = Buffer.alloc(Buffer.byteLength(text) + SLACK);
    this.length = bytes.write(text);
    this.view = viewOf(bytes);
  }
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Answers the place behind the copy. */
export function copyText(to: DataView, at: number, from: DataView, start: number, length: number): number {
  for (let i = 0; i < length; i += 8) to.setFloat64(at + i, from.getFloat64(start + i, true), true);
  return at + length;
}

const PAIRS = Uint16Array.from({ length: 100 }, (_, i) => 0x3030 + Math.floor(i / 10) + (i % 10) * 256);
const UINT32 = 2 ** 32;

/** Writes a number as JavaScript spells it (`+Inf`, `-Inf`), a whole one without a string. Answers the place behind it. */
export function writeNumber(bytes: Buffer, view: DataView, at: number, value: number): number {
  if (value >= 0 && value < UINT32 && value === Math.floor(value)) return writeUint32(bytes, view, at, value);
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER && value === Math.floor(value)) {
    const high = Math.floor(value / 1e8);
    const behind = writeNumber(bytes, view, at, high);
    writeUint32(bytes, view, behind, value - high * 1e8 + 1e8);
    // The leading 1 kept the zeros behind it; it goes.
    bytes.copyWithin(behind, behind + 1, behind + 9);
    return behind + 8;
  }
  return at + bytes.write(value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : `${value}`, at, 'latin1');
}

function writeUint32(bytes: Buffer, view: DataView, at: number, value: number): number {
  let rest = value >>> 0;
  const end = at + digits(rest);
  let place = end;
  while (rest >= 100) {
    const quotient = (rest / 100) >>> 0;
    place -= 2;
    view.setUint16(place, PAIRS[rest - quotient * 100], true);
    rest = quotient;
  }
  if (rest >= 10) view.setUint16(place - 2, PAIRS[rest], true);
  else bytes[place - 1] = 48 + rest;
  return end;
}

function digits(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** Buffers lent to responses. A slow client keeps its own until its response closes; of those given back few are kept. */
export class PageBufferPool {
  readonly #free: PageBuffer[] = [];
  readonly #keep: number;
  #largest = 0;

  constructor(keep = 1) {
    this.#keep = keep;
  }

  take(): PageBuffer {
    const buffer = this.#free.pop() ?? new PageBuffer();
    buffer.length = 0;
    return buffer;
  }

  /** A buffer that has become far too large for the pages now served is left to the garbage collector. */
  giveBack(buffer: PageBuffer): void {
    this.#largest = Math.max(buffer.length, this.#largest - this.#largest / 16);
    const fits = buffer.bytes.length <= Math.max(MIN_BYTES, this.#largest * 4);
    if (fits && this.#free.length < this.#keep) this.#free.push(buffer);
  }
}
