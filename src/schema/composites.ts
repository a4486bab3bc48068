/** Schemas of lists and maps. */
import { describe, fail, unknownKey } from './messages.ts';
import { leaf, secret, string } from './scalars.ts';
import type { InferShape, JsonSchema, ObjectSchema, Options, Report, Schema, Shape } from './types.ts';
import { isMap, plain } from './types.ts';

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return { ...schema, default: undefined, optional: true };
}

export function list<T>(
  items: Schema<T>,
  options: Options<readonly T[]> & { readonly min?: number; readonly empty?: string } = {},
): Schema<readonly T[]> {
  return {
    expected: 'a list',
    doc: options.doc ?? '',
    default: options.default,
    json: { type: 'array', items: items.json },
    items,
    parse(value, path, report) {
      const found = plain(value);
      if (!Array.isArray(found))
        return fail(report, path, `expected a list of ${items.expected}, got ${describe(value)}`);
      if (found.length < (options.min ?? 0)) {
        return fail(report, path, options.empty ?? 'expected a list with at least one entry, got an empty one');
      }
      const parsed = found.map((entry, i) => items.parse(entry, [...path, i], report));
      const fault = parsed.includes(undefined) ? undefined : options.check?.(parsed as T[]);
      if (fault !== undefined) report(path, fault);
      return parsed.includes(undefined) || fault !== undefined ? undefined : (parsed as T[]);
    },
  };
}

/** A map with free keys. */
export function map<T>(
  items: Schema<T>,
  options: Options<Readonly<Record<string, T>>> = {},
): Schema<Readonly<Record<string, T>>> {
  return {
    expected: 'a map',
    doc: options.doc ?? '',
    default: options.default,
    json: { type: 'object', additionalProperties: items.json },
    items,
    parse(value, path, report) {
      const found = plain(value);
      if (!isMap(found)) return fail(report, path, `expected a map, got ${describe(value)}`);
      const parsed = Object.entries(found).map(
        ([key, entry]) => [key, items.parse(entry, [...path, key], report)] as const,
      );
      return parsed.some(([, entry]) => entry === undefined) ? undefined : Object.fromEntries(parsed as [string, T][]);
    },
  };
}

/** Anything; its user parses it further. */
export const anything = (options: Options<unknown> = {}): Schema<unknown> =>
  leaf('a value', options, {}, (value) => unwrap(value) ?? null);

function unwrap(value: unknown): unknown {
  const found = plain(value);
  if (Array.isArray(found)) return found.map(unwrap);
  return isMap(found) ? Object.fromEntries(Object.entries(found).map(([key, entry]) => [key, unwrap(entry)])) : found;
}

/**
 * A map with known keys; every other key is refused. `null` means all defaults. `check` sees the whole and reports
 * what no single field can (with paths relative to the object).
 */
export function object<F extends Shape>(
  fields: F,
  options: { readonly doc?: string; readonly check?: (config: InferShape<F>, report: Report) => void } = {},
): ObjectSchema<InferShape<F>> {
  const required = Object.keys(fields).filter((key) => !fields[key].optional && fields[key].default === undefined);
  const schema: ObjectSchema<InferShape<F>> = {
    expected: 'a map',
    doc: options.doc ?? '',
    fields,
    json: {
      type: ['object', 'null'],
      properties: Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fieldJson(field)])),
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
    },
    parse(value, path, report) {
      const found = plain(value) ?? {};
      if (!isMap(found)) return fail(report, path, `expected a map, got ${describe(value)}`);
      let faults = 0;
      const tell: Report = (at, message, part) => {
        faults++;
        report([...path, ...at], message, part);
      };
      for (const key of Object.keys(found)) {
        if (!Object.hasOwn(fields, key)) tell([key], unknownKey(key, Object.keys(fields)), 'key');
      }
      const unknown = faults;
      const parsed = parseFields(fields, found, tell) as InferShape<F>;
      if (faults === unknown) options.check?.(parsed, tell);
      return faults === 0 ? parsed : undefined;
    },
  };
  // An object none of whose fields is required may be left out whole: its default is that of its fields.
  return required.length === 0 ? { ...schema, default: parseFields(fields, {}, () => {}) as InferShape<F> } : schema;
}

/** Whole only when nothing was reported. */
function parseFields(fields: Shape, found: Record<string, unknown>, report: Report): Record<string, unknown> {
  const parsed: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = found[key];
    const absent = plain(value) === undefined || plain(value) === null;
    if (!absent) {
      parsed[key] = field.parse(value, [key], report);
    } else if (field.default !== undefined || field.optional) {
      parsed[key] = field.default;
    } else {
      report([key], `"${key}" is required: ${field.expected}`);
    }
  }
  return parsed;
}

function fieldJson(field: Schema<unknown>): JsonSchema {
  return {
    ...field.json,
    ...(field.doc ? { description: field.doc } : {}),
    ...(field.default !== undefined && !field.fields && !('default' in field.json) ? { default: field.default } : {}),
  };
}

/** Header maps: `{name: value}` or the collector's list of `{name, value}`; values are secrets. */
export function headers(options: { readonly doc?: string } = {}): Schema<Readonly<Record<string, string>>> {
  const asMap = map(secret(), { ...options, default: {} });
  const asList = list(object({ name: string(), value: secret() }));
  return {
    ...asMap,
    secret: false,
    expected: 'a map of headers, or a list of {name, value}',
    json: { anyOf: [asMap.json, asList.json] },
    parse(value, path, report) {
      if (!Array.isArray(plain(value))) return asMap.parse(value, path, report);
      const parsed = asList.parse(value, path, report);
      return parsed && Object.fromEntries(parsed.map((header) => [header.name, header.value]));
    },
  };
}
