import type { DecoderFactory } from '../decoder.ts';
import { asBytes } from '../decoder.ts';

/** RFC 1035, 3.1. Longer lengths are pointers or reserved. */
const MAX_LABEL = 63;
const DOT = 0x2e;

/**
 * A DNS name on the wire to a dotted one; its root label is the last dot. A `string` before it takes the root label
 * away: then there is no last dot, and nothing at all is the root. A name cut short or compressed stays as it is.
 */
export const dname: DecoderFactory = {
  name: 'dname',
  make: () => (input) => {
    const bytes = asBytes(input);
    return bytes.length === 0 || bytes[0] === 0 ? '.' : (dotted(bytes) ?? bytes);
  },
};

function dotted(bytes: Uint8Array): Uint8Array | undefined {
  const name = new Uint8Array(bytes.length);
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const length = bytes[at];
    if (length > MAX_LABEL || at + 1 + length > bytes.length) return undefined;
    name.set(bytes.subarray(at + 1, at + 1 + length), at);
    name[at + length] = DOT;
    at += 1 + length;
  }
  return name.subarray(0, at < bytes.length ? at : at - 1);
}
