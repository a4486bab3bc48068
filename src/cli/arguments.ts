import { parseArgs } from 'node:util';
import { didYouMean } from '../schema/messages.ts';
import type { Command, Option, Values } from './command.ts';
import { UsageError } from './command.ts';

const HELP: Option = { type: 'boolean', description: 'Show this help.' };

/** The options of a command with those that each has. */
export const optionsOf = (command: Command): Readonly<Record<string, Option>> => ({ ...command.options, help: HELP });

/** Values by option, in their order; a boolean is `true` or `false`. @throws UsageError with a near miss. */
export function parseOptions(command: Command, args: readonly string[]): Values {
  const known = optionsOf(command);
  const options = Object.fromEntries(Object.entries(known).map(([name, { type }]) => [name, { type }]));
  const { tokens } = parseArgs({
    args: args.map(doubleDash),
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string[]> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') {
      const near = 'config' in known ? `; did you mean --config ${token.value}?` : '';
      throw wrong(command, `${command.name} takes no argument "${token.value}"${near}`);
    }
    if (token.kind === 'option') {
      const { name, value } = positive(command, token.name === 'h' ? 'help' : token.name, token.value);
      (values[name] ??= []).push(optionValue(command, name, value, token.inlineValue ?? false));
    }
  }
  for (const [name, given] of Object.entries(values)) {
    if (given.length > 1 && known[name].multiple !== true) throw wrong(command, `--${name} is there twice`);
  }
  return values;
}

/** The collector takes `-config` as `--config`, as Go's flags do. */
const doubleDash = (arg: string): string => (/^-[a-z][a-z.-]+(=|$)/.test(arg) ? `-${arg}` : arg);

/** `--no-watch` is `--watch=false`. */
function positive(command: Command, given: string, value: string | undefined): { name: string; value?: string } {
  const name = given.replace(/^no-/, '');
  const negated = name !== given && value === undefined && optionsOf(command)[name]?.type === 'boolean';
  return negated ? { name, value: 'false' } : { name: given, value };
}

const wrong = (command: Command, message: string): UsageError => new UsageError(message, command.usageStatus);

function optionValue(command: Command, name: string, value: string | undefined, inline: boolean): string {
  const known = optionsOf(command);
  if (!Object.hasOwn(known, name)) {
    const near = didYouMean(name, Object.keys(known)).replaceAll('"', '').replace('mean ', 'mean --');
    throw wrong(command, `unknown option --${name} of ${command.name}${near}`);
  }
  const { type, oneOf = type === 'boolean' ? ['true', 'false'] : undefined, value: noun = 'a value' } = known[name];
  const given = type === 'boolean' ? (value ?? 'true') : value;
  if (given === undefined || (!inline && given.startsWith('--'))) throw wrong(command, `--${name} needs ${noun}`);
  if (oneOf !== undefined && !oneOf.includes(given)) {
    throw wrong(command, `--${name}: expected ${oneOf.join(' or ')}, got "${given}"${didYouMean(given, oneOf)}`);
  }
  return given;
}
