import type { DecoderFactory } from '../decoder.ts';
import { asBytes } from '../decoder.ts';

/** Up to the first NUL, or all when there is none. The bytes stay as they are; the chain makes them UTF-8 at its end. */
export const string: DecoderFactory = {
  name: 'string',
  make: () => (input) => {
    const bytes = asBytes(input);
    const end = bytes.indexOf(0);
    return end < 0 ? bytes : bytes.subarray(0, end);
  },
};
