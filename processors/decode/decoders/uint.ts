import type { DecoderFactory } from '../decoder.ts';
import { asBytes, readUint, readUint64 } from '../decoder.ts';

/** 1, 2, 4 or 8 bytes in native order to decimal. */
export const uint: DecoderFactory = {
  name: 'uint',
  make: () => (input) => {
    const bytes = asBytes(input);
    const size = bytes.length;
    if (size === 8) return decimal64(bytes);
    return size === 1 || size === 2 || size === 4 ? String(readUint(bytes, 0, size)) : undefined;
  },
};

function decimal64(bytes: Uint8Array): string {
  const value = readUint64(bytes, 0);
  return value.toString();
}
