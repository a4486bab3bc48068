import { SECTIONS } from '../config/parse-agent.ts';
import type { AnyFactory } from '../config/parse-components.ts';
import { formatYaml } from '../yaml-document.ts';
import type { Action } from './command.ts';
import { configJsonSchema } from './json-schema.ts';
import { version } from './version.ts';

/** As the collector's `components`: what there is, with its stability per signal. */
export const listComponents: Action = async (values, context) => {
  const components = await context.components();
  const asSchema = values['json-schema']?.[0] === 'true';
  const sections = SECTIONS.map((section) => [section, components[section].map(describeFactory)]);
  const buildinfo = { command: 'ebpf-otel-agent', version: version() };
  const shown = asSchema ? configJsonSchema(components) : { buildinfo, ...Object.fromEntries(sections) };
  context.out(asSchema || values.format?.[0] === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : formatYaml(shown));
  return 0;
};

function describeFactory({ type, aliases, description, signals, stability }: AnyFactory): Record<string, unknown> {
  return {
    name: type,
    ...(aliases === undefined || aliases.length === 0 ? {} : { deprecated_aliases: aliases }),
    description,
    stability: Object.fromEntries(signals.map((signal) => [signal, stability])),
  };
}
