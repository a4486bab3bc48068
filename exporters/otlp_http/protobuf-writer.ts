/** Protocol buffers, written front to back into one growing buffer. Wire types: 0 varint, 1 eight bytes, 2 with a length. */

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;

const encoder = new TextEncoder();

/** Bytes that `value`, a whole number from 0 to 2^32 - 1, takes as a varint. */
export const varintSize = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;

export class ProtobufWriter {
  /** Longer than what is written; replaced when it grows, so read it anew after `reserve`. */
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  /** Where the next byte goes: the length of what is written. */
  pos = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for `size` bytes more. */
  reserve(size: number): void {
    if (this.pos + size <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.pos + size));
    grown.set(this.bytes.subarray(0, this.pos));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  tag(field: number, wireType: number): void {
    this.varint((field << 3) | wireType);
  }

  /** A whole number from 0 to 2^32 - 1. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.bytes[this.pos++] = rest | 0x80;
    this.bytes[this.pos++] = rest;
  }

  /** An int64: negative numbers take ten bytes. */
  int64(value: number): void {
    if (value >= 0 && value <= 0xffff_ffff) return this.varint(value);
    this.reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.bytes[this.pos++] = Number(rest & 0x7fn) | 0x80;
    this.bytes[this.pos++] = Number(rest);
  }

  double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.pos, value, true);
    this.pos += 8;
  }

  /** Copies bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.pos);
    this.pos += bytes.length;
  }

  /** A string field with its length. Lone surrogates become U+FFFD. */
  string(field: number, text: string): void {
    this.message(field, () => {
      this.reserve(text.length * 3);
      if (!this.#ascii(text)) this.pos += encoder.encodeInto(text, this.bytes.subarray(this.pos)).written;
    });
  }

  /** A field whose content `write` writes; its length, not known before, is put in front of it afterwards. */
  message(field: number, write: () => void): void {
    this.tag(field, LENGTH_DELIMITED);
    this.reserve(5);
    const start = ++this.pos;
    write();
    const length = this.pos - start;
    const more = varintSize(length) - 1;
    this.reserve(more);
    if (more > 0) this.bytes.copyWithin(start + more, start, this.pos);
    this.pos = start - 1;
    this.varint(length);
    this.pos += length;
  }

  /** What is written, as a view: valid until the next write. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.pos);
  }

  /** Short ASCII text, by far the most frequent, is not worth a call out of JavaScript. */
  #ascii(text: string): boolean {
    if (text.length > 64) return false;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      this.bytes[this.pos + i] = code;
    }
    this.pos += text.length;
    return true;
  }
}
