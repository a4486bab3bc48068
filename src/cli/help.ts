import { optionsOf } from './arguments.ts';
import type { Command } from './command.ts';
import { commands } from './commands.ts';

const table = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([term]) => term.length)) + 2;
  return rows.map(([term, text]) => `  ${term.padEnd(width)}${text}\n`).join('');
};

export function help(): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return `ebpf-otel-agent: kernel metrics from eBPF programs, in an agent shaped like an OpenTelemetry Collector

Usage: node src/main.ts COMMAND [OPTIONS]

${table(rows)}
  node src/main.ts COMMAND --help    options of a command
  node src/main.ts --version         version
`;
}

export function commandHelp(command: Command): string {
  const rows = Object.entries(optionsOf(command)).map(([name, { value, description }]) => {
    return [`--${name}${value === undefined ? '' : ` ${value}`}`, description] as const;
  });
  return `${command.summary}\n\nUsage: node src/main.ts ${command.name} [OPTIONS]\n\n${table(rows)}`;
}
