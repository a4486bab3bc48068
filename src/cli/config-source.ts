import type { SourceOptions } from '../config.ts';
import { ConfigError } from '../config.ts';
import type { CliContext, Values } from './command.ts';

export const sourceOptions = (values: Values, { env, cwd }: CliContext): SourceOptions => ({
  uris: values.config ?? [],
  sets: values.set ?? [],
  env,
  cwd,
});

/** Runs `use`; a config that cannot be used is told, all its faults, and gives undefined. */
export async function withConfig<T>(context: CliContext, use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    context.err(`${error.message}\n`);
    return undefined;
  }
}
