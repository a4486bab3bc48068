import type { DecoderFactory } from '../decoder.ts';
import { asBytes, readUint } from '../decoder.ts';

/** A u32 interface index to the interface's name. */
export const ifname: DecoderFactory = {
  name: 'ifname',
  make: (_, host) => (input, notes) => {
    const bytes = asBytes(input);
    if (bytes.length < 4) return undefined;
    const index = String(readUint(bytes, 0, 4));
    const name = host.interfaces.name(index);
    if (name !== undefined) return name;
    notes.unsettled = true;
    return `unknown:${index}`;
  },
};
