/** The JSON Schema of a whole config, for editors; made of the schemas that check configs. */
import type { Components } from '../config.ts';
import { SECTIONS } from '../config/parse-agent.ts';
import type { AnyFactory } from '../config/parse-components.ts';
import { serviceSchema } from '../config/parse-service.ts';
import { isMap } from '../schema.ts';
import type { JsonSchema } from '../schema.ts';

export function configJsonSchema(components: Components): JsonSchema {
  const sections = SECTIONS.map((section) => [section, sectionSchema(components[section])]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ebpf-otel-agent config',
    type: 'object',
    properties: { ...Object.fromEntries(sections), service: withReferences(serviceSchema.json) },
    required: ['service'],
    additionalProperties: false,
  };
}

function sectionSchema(factories: readonly AnyFactory[]): JsonSchema {
  const patterns = factories.map(({ type, aliases = [], config, description }) => {
    return [`^(${[type, ...aliases].join('|')})(/.+)?$`, { ...withReferences(config.json), description }];
  });
  return { type: ['object', 'null'], patternProperties: Object.fromEntries(patterns), additionalProperties: false };
}

const REFERENCE = { type: 'string', pattern: '[$][{]' };

/** A `${…}` may stand for any value. */
function withReferences(schema: JsonSchema): JsonSchema {
  const { description, default: fallback, ...rest } = schema;
  const whole = {
    ...rest,
    ...(isMap(rest.properties) ? { properties: mapValues(rest.properties, withReferences) } : {}),
    ...(isMap(rest.additionalProperties) ? { additionalProperties: withReferences(rest.additionalProperties) } : {}),
    ...(isMap(rest.items) ? { items: withReferences(rest.items) } : {}),
  };
  const about = {
    ...(description === undefined ? {} : { description }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  return schema.type === 'string' && schema.format === undefined ? schema : { ...about, anyOf: [whole, REFERENCE] };
}

const mapValues = (map: Record<string, unknown>, change: (schema: JsonSchema) => JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, isMap(value) ? change(value) : value]));
