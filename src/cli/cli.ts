import { didYouMean } from '../schema/messages.ts';
import { parseOptions } from './arguments.ts';
import type { CliContext, Command } from './command.ts';
import { UsageError } from './command.ts';
import { commands } from './commands.ts';
import { commandHelp, help } from './help.ts';
import { version } from './version.ts';

/** @returns the exit status: 0, 1 when the command failed, 2 (`exporter`: 1) when the command line is wrong. Never throws a UsageError. */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.err(`${error.message}\n`);
    return error.status;
  }
}

async function dispatch(args: readonly string[], context: CliContext): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) throw new UsageError(help());
  if (['--help', '-h', 'help'].includes(first)) return print(context, help());
  if (['--version', '-v', 'version'].includes(first)) return print(context, `ebpf-otel-agent ${version()}\n`);
  const command = findCommand(first);
  const values = parseOptions(command, first.startsWith('-') ? args : rest);
  if (values.help !== undefined) return print(context, commandHelp(command));
  if (values['feature-gates'] !== undefined) {
    throw new UsageError(`--feature-gates: "${values['feature-gates'].join(',')}": this agent has no feature gates`);
  }
  const action = await command.load();
  return action(values, context);
}

/** Options without a command are those of `run`, as in the collector. */
function findCommand(name: string): Command {
  const wanted = name.startsWith('-') ? 'run' : name;
  const found = commands.find((command) => command.name === wanted || command.aliases?.includes(wanted));
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  throw new UsageError(`unknown command "${name}"${didYouMean(name, names) || `; known: ${names.join(', ')}`}`);
}

function print(context: CliContext, text: string): number {
  context.out(text);
  return 0;
}
