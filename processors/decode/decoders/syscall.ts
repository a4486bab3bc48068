import type { DecoderFactory } from '../decoder.ts';
import { asDecimal } from '../decoder.ts';
import { syscallNames } from './syscall-tables.ts';

export const syscall: DecoderFactory = {
  name: 'syscall',
  make: () => {
    const names = syscallNames(process.arch);
    return (input, notes) => {
      const number = asDecimal(input, notes);
      return number && (names.get(Number(number)) ?? `unknown_syscall:${number}`);
    };
  },
};
