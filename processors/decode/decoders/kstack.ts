import type { DecoderFactory } from '../decoder.ts';
import { asBytes, readUint64 } from '../decoder.ts';

const FRAME = 8;

/** Return addresses up to the first 0, innermost first, to symbols, one a line. */
export const kstack: DecoderFactory = {
  name: 'kstack',
  make: (_, host) => (input, notes) => {
    const bytes = asBytes(input);
    if (bytes.length % FRAME !== 0) return undefined;
    const symbols: string[] = [];
    for (let offset = 0; offset < bytes.length; offset += FRAME) {
      const address = readUint64(bytes, offset);
      if (address === 0n) break;
      const name = host.kallsyms.atOrBelow(address);
      if (name === undefined) notes.unsettled = true;
      symbols.push(name ?? '??');
    }
    return symbols.join('\n');
  },
};
