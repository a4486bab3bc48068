import type { DecoderFactory } from '../decoder.ts';
import { asBytes, readUint64 } from '../decoder.ts';

/** A u64 address to the symbol that begins there. */
export const ksym: DecoderFactory = {
  name: 'ksym',
  make: (_, host) => (input, notes) => {
    const bytes = asBytes(input);
    if (bytes.length < 8) return undefined;
    const address = readUint64(bytes, 0);
    const name = host.kallsyms.at(address);
    if (name !== undefined) return name;
    notes.unsettled = true;
    return `unknown_addr:0x${address.toString(16)}`;
  },
};
