import type { DecoderFactory } from '../decoder.ts';
import { asBytes, readUint, readUint64 } from '../decoder.ts';

/** 1, 2, 4 or 8 bytes in native order to decimal. */
export const uint: DecoderFactory = {
  name: 'uint',
  make: () => (input) => {
    const bytes = asBytes(input);
    return decimalAt(bytes, 0, bytes.length);
  },
};

/** The decimal text of `size` bytes at `offset`; undefined for a size that is not of an integer. */
export function decimalAt(bytes: Uint8Array, offset: number, size: number): string | undefined {
  if (size === 8) {
    const value = readUint(bytes, offset, 8);
    return Number.isSafeInteger(value) ? String(value) : readUint64(bytes, offset).toString();
  }
  return size === 1 || size === 2 || size === 4 ? String(readUint(bytes, offset, size)) : undefined;
}
