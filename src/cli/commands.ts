import type { Command, Option } from './command.ts';
import { exporterCommand } from './exporter-options.ts';

const configOptions: Readonly<Record<string, Option>> = {
  config: {
    type: 'string',
    value: 'URI',
    multiple: true,
    description: 'A config: a file, file:FILE, env:NAME or yaml:TEXT. Repeated: merged left to right.',
  },
  set: {
    type: 'string',
    value: 'KEY=VALUE',
    multiple: true,
    description: 'One value over all configs, such as exporters.prometheus.endpoint=:9435.',
  },
  'feature-gates': {
    type: 'string',
    value: 'IDS',
    multiple: true,
    description: 'As the collector has them; none exist here.',
  },
};

export const commands: readonly Command[] = [
  {
    name: 'run',
    summary: 'Run the agent until SIGTERM or SIGINT; SIGHUP reloads its config.',
    options: {
      ...configOptions,
      watch: { type: 'boolean', description: 'Reload when the config or a program has changed.' },
    },
    load: async () => (await import('./run.ts')).run,
  },
  exporterCommand,
  {
    name: 'validate',
    summary: 'Check a config and the programs that it names; start nothing.',
    options: {
      ...configOptions,
      load: { type: 'boolean', description: "Have this machine's kernel verify the programs too; attach nothing." },
    },
    load: async () => (await import('./validate.ts')).validate,
  },
  {
    name: 'print-config',
    aliases: ['print-initial-config'],
    summary: 'Show the config, merged and expanded.',
    options: {
      ...configOptions,
      mode: {
        type: 'string',
        value: 'MODE',
        oneOf: ['redacted', 'unredacted'],
        description: 'redacted (default): secrets, and what no schema knows, are hidden.',
      },
      format: { type: 'string', value: 'FORMAT', oneOf: ['yaml', 'json'], description: 'yaml (default) or json.' },
      validate: {
        type: 'boolean',
        description: 'Check it first; --validate=false shows a wrong one too. Default: true.',
      },
    },
    load: async () => (await import('./print-config.ts')).printConfig,
  },
  {
    name: 'components',
    summary: 'List the components with their stability.',
    options: {
      format: { type: 'string', value: 'FORMAT', oneOf: ['yaml', 'json'], description: 'yaml (default) or json.' },
      'json-schema': { type: 'boolean', description: 'The JSON Schema of a whole config, for editors.' },
    },
    load: async () => (await import('./components.ts')).listComponents,
  },
  {
    name: 'doctor',
    summary: "Tell what this machine's kernel allows, what is missing and how to get it.",
    options: {},
    load: async () => (await import('./doctor.ts')).runDoctor,
  },
];
