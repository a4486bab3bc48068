/** Turns the key bytes of eBPF maps into attributes, as the program's config says. */
import type { ProcessorFactory } from '../../src/component.ts';
import type { Infer } from '../../src/schema.ts';
import { integer, object, oneOf, string } from '../../src/schema.ts';
import { DecodeProcessor } from './processor.ts';

const config = object(
  {
    cache_size: integer({
      default: 65_536,
      min: 0,
      max: 1 << 22,
      doc: 'Decoded values kept for each label, by its bytes; 0 keeps none. Long labels are kept in smaller number (4 MiB of bytes).',
    }),
    unknown_cgroups: oneOf(['id', 'collapse'], {
      default: 'id',
      doc:
        'Cgroups that cannot be found (any more): `id` gives each its own series (unknown_cgroup_id:ID), ' +
        '`collapse` adds all of them up in one (unknown_cgroup_id).',
    }),
    root_path: string({
      default: '',
      doc: 'Where the root of the host is mounted, for an agent in a container: its /proc, /sys and /usr are read below it.',
      check: (path) => (path === '' || path.startsWith('/') ? undefined : `expected an absolute path, got "${path}"`),
    }),
  },
  { doc: 'Decodes the keys of eBPF maps into attributes, and ring buffer records into spans.' },
);
export type DecodeConfig = Infer<typeof config>;

export const decode: ProcessorFactory<DecodeConfig> = {
  type: 'decode',
  signals: ['metrics', 'traces'],
  stability: 'beta',
  description:
    "Turns the keys of eBPF maps into attributes, and ring buffer records into spans, by the decoders of the program's config.",
  config,
  create: (settings, parsed) => new DecodeProcessor(settings, parsed),
};
