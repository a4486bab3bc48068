import { loadConfig } from '../config.ts';
import type { SourceOptions } from '../config.ts';
import { errorText } from '../log-line.ts';
import type { Action, CliContext } from './command.ts';
import { sourceOptions, withConfig } from './config-source.ts';
import type { LoadedFiles } from './supervisor.ts';
import { Supervisor } from './supervisor.ts';

const ALIVE_MS = 1 << 30;

export const run: Action = async (values, context) =>
  runFrom(sourceOptions(values, context), context, values.watch?.[0] === 'true');

/** Nothing is started before the whole config is known to be right. @returns the exit status. */
export async function runFrom(sources: SourceOptions, context: CliContext, watched = false): Promise<number> {
  const components = await context.components();
  context.beforeStart();
  const load = (): LoadedFiles => {
    const files: string[] = [];
    const loaded = loadConfig({ ...sources, components, checkFiles: false, onFile: (file) => files.push(file) });
    return { loaded, files };
  };
  const first = await withConfig(context, async () => load());
  if (first === undefined) return 1;
  const { notifySystemd } = await context.host();
  const supervisor = new Supervisor(load, watched, notifySystemd);
  // Signals and ring buffers do not keep Node running; an agent that only pushes spans has nothing else that would.
  const alive = setInterval(() => {}, ALIVE_MS);
  try {
    return await supervisor.run(first);
  } catch (error) {
    context.err(`${errorText(error)}\n`);
    return 1;
  } finally {
    clearInterval(alive);
  }
}
