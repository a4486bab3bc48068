import type { Schema } from './types.ts';
import { isMap, plain } from './types.ts';

/** `http://user:password@host`. */
const URL_PASSWORD = /(:\/\/[^/:@\s]*:)[^/@\s]+@/g;

/**
 * `value` with every secret replaced, for printing. Takes the user's own structure, parsed or not; what no schema knows
 * is replaced too, since it may be a misspelt secret.
 */
export function redact(schema: Schema<unknown> | undefined, value: unknown): unknown {
  const found = plain(value);
  if (found === null || found === undefined) return found;
  if (Array.isArray(found) && !schema?.secret) return found.map((entry) => redact(schema?.items ?? schema, entry));
  if (isMap(found) && !schema?.secret) {
    return Object.fromEntries(Object.entries(found).map(([key, entry]) => [key, redact(part(schema, key), entry)]));
  }
  if (schema === undefined || schema.secret) return '[REDACTED]';
  return typeof found === 'string' ? found.replace(URL_PASSWORD, '$1[REDACTED]@') : found;
}

/** A schema without parts takes everything below it as its own. */
function part(schema: Schema<unknown> | undefined, key: string): Schema<unknown> | undefined {
  if (schema?.fields !== undefined && Object.hasOwn(schema.fields, key)) return schema.fields[key];
  return schema?.fields === undefined ? (schema?.items ?? schema) : schema.items;
}
