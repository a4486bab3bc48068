import type { DecoderFactory } from '../decoder.ts';
import { asDecimal } from '../decoder.ts';

/** A cgroup id in decimal to the cgroup's path. */
export const cgroup: DecoderFactory = {
  name: 'cgroup',
  make: (_, host) => (input, notes) => {
    const id = asDecimal(input, notes);
    if (id === undefined) return undefined;
    const path = host.cgroups.name(id);
    if (path !== undefined) return path;
    notes.unsettled = true;
    return host.options.unknownCgroups === 'collapse' ? 'unknown_cgroup_id' : `unknown_cgroup_id:${id}`;
  },
};
