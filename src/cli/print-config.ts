import type { Components } from '../config.ts';
import { loadConfig, loadDocument } from '../config.ts';
import { parseId } from '../config/component-id.ts';
import { SECTIONS } from '../config/parse-agent.ts';
import { findFactory } from '../config/parse-components.ts';
import { serviceSchema } from '../config/parse-service.ts';
import { toPlain } from '../config/tree.ts';
import type { Section } from '../config/types.ts';
import { isMap, redact } from '../schema.ts';
import { formatYaml } from '../yaml-document.ts';
import type { Action } from './command.ts';
import { sourceOptions, withConfig } from './config-source.ts';

/** Prints what the user wrote, merged and expanded, without the defaults of what is not there. */
export const printConfig: Action = async (values, context) => {
  const components = await context.components();
  const options = sourceOptions(values, context);
  const loaded = await withConfig(context, async () =>
    values.validate?.[0] === 'false' ? loadDocument(options) : loadConfig({ ...options, components }),
  );
  if (loaded === undefined) return 1;
  for (const warning of loaded.warnings) context.err(`warning: ${warning}\n`);
  const plain = toPlain(loaded.document);
  const shown = values.mode?.[0] === 'unredacted' ? plain : redactConfig(plain, components);
  context.out(values.format?.[0] === 'json' ? `${JSON.stringify(shown, null, 2)}\n` : formatYaml(shown));
  return 0;
};

/** Each block by the schema of its component; what is unknown may be a misspelt secret, so it is hidden whole. */
export function redactConfig(value: unknown, components: Components): unknown {
  if (!isMap(value)) return redact(undefined, value);
  const parts = Object.entries(value).map(([key, part]): [string, unknown] => {
    if (key === 'service') return [key, redact(serviceSchema, part)];
    const section = SECTIONS.find((name) => name === key);
    return [
      key,
      section === undefined || !isMap(part) ? redact(undefined, part) : redactSection(section, part, components),
    ];
  });
  return Object.fromEntries(parts);
}

function redactSection(section: Section, part: Record<string, unknown>, components: Components): unknown {
  const redacted = Object.entries(part).map(([id, config]): [string, unknown] => {
    const { type } = { type: '', ...parseId(id) };
    return [id, redact(findFactory(components[section], type)?.config, config)];
  });
  return Object.fromEntries(redacted);
}
