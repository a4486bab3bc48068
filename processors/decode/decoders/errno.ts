import type { DecoderFactory } from '../decoder.ts';
import { asDecimal } from '../decoder.ts';
import { ERRNO } from './errno-table.ts';

export const errno: DecoderFactory = {
  name: 'errno',
  make: () => (input, notes) => {
    const number = asDecimal(input, notes);
    return number && (ERRNO.get(Number(number)) ?? `unknown:${number}`);
  },
};
