import type { DecoderFactory } from '../decoder.ts';
import { asBytes, readUint } from '../decoder.ts';

/** A u32 in the form of the kernel's new_encode_dev (include/linux/kdev_t.h) to the block device's name. */
export const majorminor: DecoderFactory = {
  name: 'majorminor',
  make: (_, host) => (input, notes) => {
    const bytes = asBytes(input);
    if (bytes.length < 4) return undefined;
    const device = readUint(bytes, 0, 4);
    const number = `${(device >>> 8) & 0xfff}:${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
    const name = host.partitions.name(number);
    if (name !== undefined) return name;
    notes.unsettled = true;
    return `unknown:${number}`;
  },
};
