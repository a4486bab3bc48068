/** Contracts between the chain and its decoders, and the readings of an input that they share. */
import { isAscii, isUtf8 } from 'node:buffer';
import { endianness } from 'node:os';
import type { DecoderSpec } from '../../src/metric-batch.ts';
import type { Host } from './host/host.ts';

/** Bytes of the key (a view: valid during the call, not to be written to), or what the decoder before made of them. */
export type Value = Uint8Array | string;

/** `null`: the label set is to be left out; `undefined`: not an input of this decoder, which costs the key and is counted. */
export type Answer = Value | null | undefined;

/** What a decoding has to say beside its answer. The chain resets it. */
export interface Notes {
  /** The answer may change: not to be cached, to be asked again at the next collection. */
  unsettled: boolean;
  /** Bytes that are not UTF-8 were replaced by U+FFFD. */
  cleaned: boolean;
}

/** Never throws. Output bytes may be a view of the input. */
export type Decoder = (input: Value, notes: Notes) => Answer;

export interface DecoderFactory {
  /** As in `decoders: [{ name: uint }]`, and in src/decoder-specs.ts. */
  readonly name: string;
  /** Runs once per label. Throws an Error that says what is wrong with the options. */
  make(spec: DecoderSpec, host: Host): Decoder;
}

const LITTLE_ENDIAN = endianness() === 'LE';

/** An unsigned number in native byte order, exact up to 2^53. */
export function readUint(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  if (LITTLE_ENDIAN) for (let i = offset + size - 1; i >= offset; i--) value = value * 256 + bytes[i];
  else for (let i = offset; i < offset + size; i++) value = value * 256 + bytes[i];
  return value;
}

/** A u64 in native byte order. */
export function readUint64(bytes: Uint8Array, offset: number): bigint {
  const high = readUint(bytes, LITTLE_ENDIAN ? offset + 4 : offset, 4);
  const low = readUint(bytes, LITTLE_ENDIAN ? offset : offset + 4, 4);
  return (BigInt(high) << 32n) | BigInt(low);
}

export const asBytes = (value: Value): Uint8Array => (typeof value === 'string' ? Buffer.from(value) : value);

/** Text of bytes; what is not UTF-8 becomes U+FFFD, one for each maximal part, and is noted. */
export function asText(value: Value, notes: Notes): string {
  if (typeof value === 'string') return value;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (!isUtf8(bytes)) notes.cleaned = true;
  return bytes.toString('utf8');
}

/** An unsigned decimal number without leading zeros, as text; undefined when the input is not one that fits into a u64. */
export function asDecimal(value: Value, notes: Notes): string | undefined {
  const text = asText(value, notes);
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const digits = text.replace(/^0+(?=\d)/, '');
  return digits.length < 20 || digits <= '18446744073709551615' ? digits : undefined;
}
