import type { DecoderFactory } from '../decoder.ts';
import { asBytes } from '../decoder.ts';

/** Lower case, two digits a byte. */
export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

export const hex: DecoderFactory = { name: 'hex', make: () => (input) => toHex(asBytes(input)) };
