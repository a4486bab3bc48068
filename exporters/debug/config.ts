/** Config block of `debug`: the collector's fields, defaults and meaning. */
import { refused } from '../../src/refused.ts';
import type { Infer } from '../../src/schema.ts';
import { boolean, integer, list, object, oneOf, string } from '../../src/schema.ts';

export const configSchema = object(
  {
    verbosity: oneOf(['basic', 'normal', 'detailed'], {
      default: 'basic',
      doc: 'basic: a line with counts; normal: a line for each data point or span too; detailed: all of it.',
    }),
    sampling_initial: integer({ default: 2, min: 0, doc: 'Batches of each second that are printed in any case.' }),
    sampling_thereafter: integer({ default: 1, min: 0, doc: 'Of the others, each so-manieth is; 0: none.' }),
    use_internal_logger: boolean({
      default: true,
      doc: "Counts to the agent's log, texts to stderr; false: all to output_paths.",
    }),
    output_paths: list(string(), { default: ['stdout'], min: 1, doc: 'stdout, stderr or files to append to.' }),
    sending_queue: refused('it prints at once'),
    output: refused('it prints all attributes'),
  },
  {
    doc: 'Prints what reaches it, for people to read.',
    check(config, report) {
      if (!config.use_internal_logger || config.output_paths.join() === 'stdout') return;
      report(['output_paths'], 'is used only with "use_internal_logger: false"');
    },
  },
);
export type DebugConfig = Infer<typeof configSchema>;
