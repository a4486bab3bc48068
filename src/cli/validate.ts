import { loadConfig } from '../config.ts';
import type { Action } from './command.ts';
import { sourceOptions, withConfig } from './config-source.ts';

export const validate: Action = async (values, context) => {
  const components = await context.components();
  const checkFiles = values.load?.[0] === 'true' ? 'load' : true;
  const loaded = await withConfig(context, async () =>
    loadConfig({ ...sourceOptions(values, context), components, checkFiles }),
  );
  if (loaded === undefined) return 1;
  for (const warning of loaded.warnings) context.err(`warning: ${warning}\n`);
  context.out('the config is valid\n');
  return 0;
};
