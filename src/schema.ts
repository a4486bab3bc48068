/**
 * Schemas of config blocks: each field's type, default and doc text stand once, here in use, and give validation,
 * redaction, `components` output and the JSON Schema for editors.
 *
 * `parse` takes what YAML gave, reports every error with the path it stands at, and answers `undefined` where it reported.
 */
import { closest, distance } from 'fastest-levenshtein';
import { parseDuration } from './duration.ts';

export type Path = readonly (string | number)[];
export type Report = (path: Path, message: string) => void;
export type JsonSchema = Record<string, unknown>;

/** A value that came from a `${…}` reference that was the whole value: parsed as YAML, with the text it was parsed from. */
export class Expanded {
  readonly value: unknown;
  readonly text: string;
  constructor(value: unknown, text: string) {
    this.value = value;
    this.text = text;
  }
}

export interface Schema<T> {
  /** What was expected, for messages: `a duration such as 30s`. */
  readonly expected: string;
  readonly doc: string;
  /** Used where the key is absent or null; `undefined` with `optional` unset means that the key is required. */
  readonly default?: T;
  readonly optional?: boolean;
  /** Printed as [REDACTED]. */
  readonly secret?: boolean;
  readonly json: JsonSchema;
  parse(value: unknown, path: Path, report: Report): T | undefined;
  /** The parts of a composite, for redaction and docs. */
  readonly fields?: Readonly<Record<string, Schema<unknown>>>;
  readonly items?: Schema<unknown>;
}

export interface ObjectSchema<T> extends Schema<T> {
  readonly fields: Readonly<Record<string, Schema<unknown>>>;
}

/** The type that a schema parses to. */
export type Infer<S> = S extends Schema<infer T> ? T : never;
type Shape = Readonly<Record<string, Schema<unknown>>>;
type InferShape<F extends Shape> = { [K in keyof F]: Infer<F[K]> };
interface Options<T> {
  readonly doc?: string;
  readonly default?: T;
  /** An extra condition: the message when it does not hold. */
  readonly check?: (value: T) => string | undefined;
}

const plain = (value: unknown): unknown => (value instanceof Expanded ? value.value : value);

/** `5 (number)`, `"x" (string)`, `a list`: what was found, short enough for one line. */
export function describe(value: unknown): string {
  const found = plain(value);
  if (found === null || found === undefined) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a map';
  const text = typeof found === 'string' ? JSON.stringify(found) : String(found);
  return `${text.length > 60 ? `${text.slice(0, 57)}…` : text} (${typeof found})`;
}

/** `; did you mean "x"?`, or '' when nothing known is near. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const near = closest(wrong, known as string[]);
  return distance(wrong, near) <= Math.max(2, Math.floor(near.length / 3)) ? `; did you mean "${near}"?` : '';
}

function leaf<T>(expected: string, options: Options<T>, json: JsonSchema, read: (value: unknown) => T | undefined): Schema<T> {
  return {
    expected,
    doc: options.doc ?? '',
    default: options.default,
    json,
    parse(value, path, report) {
      const parsed = read(value);
      if (parsed === undefined) report(path, `expected ${expected}, got ${describe(value)}`);
      const fault = parsed === undefined ? undefined : options.check?.(parsed);
      if (fault !== undefined) report(path, fault);
      return fault === undefined ? parsed : undefined;
    },
  };
}

/** Text; a number or boolean that came through `${env:…}` keeps its original text (`0123` stays `0123`). */
export const string = (options: Options<string> = {}): Schema<string> =>
  leaf('text', options, { type: 'string' }, (value) => {
    if (value instanceof Expanded) return typeof value.value === 'object' && value.value !== null ? undefined : value.text;
    return typeof value === 'string' ? value : undefined;
  });

/** Text as in `string`, never printed. */
export const secret = (options: Options<string> = {}): Schema<string> => ({ ...string(options), secret: true });

/** Text, or a number or boolean taken by its text: keys and values that YAML users do not quote. */
export const text = (options: Options<string> = {}): Schema<string> =>
  leaf('text', options, { type: ['string', 'number', 'boolean'] }, (value) => {
    if (value instanceof Expanded) return value.text;
    return ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? String(value) : undefined;
  });

export const boolean = (options: Options<boolean> = {}): Schema<boolean> =>
  leaf('true or false', options, { type: 'boolean' }, (value) => {
    const found = plain(value);
    return typeof found === 'boolean' ? found : undefined;
  });

export const number = (options: Options<number> & { readonly min?: number; readonly max?: number } = {}): Schema<number> =>
  numeric('a number', { type: 'number' }, Number.isFinite, options);

export const integer = (options: Options<number> & { readonly min?: number; readonly max?: number } = {}): Schema<number> =>
  numeric('a whole number', { type: 'integer' }, Number.isSafeInteger, options);

function numeric(
  noun: string,
  json: JsonSchema,
  accepts: (value: number) => boolean,
  options: Options<number> & { readonly min?: number; readonly max?: number },
): Schema<number> {
  const { min = -Infinity, max = Infinity } = options;
  const range = min === -Infinity ? '' : max === Infinity ? ` of at least ${min}` : ` from ${min} to ${max}`;
  return leaf(`${noun}${range}`, options, json, (value) => {
    const found = plain(value);
    return typeof found === 'number' && accepts(found) && found >= min && found <= max ? found : undefined;
  });
}

/** A Go duration, parsed to milliseconds; the default is written as Go text too. */
export function duration(options: { readonly doc?: string; readonly default?: string; readonly positive?: boolean } = {}): Schema<number> {
  const ms = options.default === undefined ? undefined : parseDuration(options.default);
  const least = options.positive ? 'a duration above 0' : 'a duration';
  return leaf<number>(`${least} such as 30s or 1m30s`, { doc: options.doc, default: ms }, { type: 'string' }, (value) => {
    const found = plain(value);
    const parsed = typeof found === 'string' ? parseDuration(found) : found === 0 ? 0 : undefined;
    return parsed !== undefined && (options.positive ? parsed > 0 : parsed >= 0) ? parsed : undefined;
  });
}

export function oneOf<const T extends string>(values: readonly T[], options: Options<NoInfer<T>> = {}): Schema<T> {
  const expected = `one of ${values.join(', ')}`;
  return {
    ...leaf<T>(expected, options, { enum: values }, () => undefined),
    parse(value, path, report) {
      const found = plain(value);
      const match = values.find((candidate) => candidate === found);
      if (match === undefined) report(path, `expected ${expected}, got ${describe(value)}${didYouMean(String(found), values)}`);
      return match;
    },
  };
}

/** `host:port`; an empty host means all interfaces, `[::1]:9435` an IPv6 one. */
export const hostPort = (options: Options<string> = {}): Schema<string> =>
  leaf('an address host:port such as localhost:9435', options, { type: 'string' }, (value) => {
    const found = value instanceof Expanded ? value.text : value;
    const port = typeof found === 'string' ? /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]*):(\d{1,5})$/.exec(found)?.[1] : undefined;
    return port !== undefined && Number(port) <= 65535 ? (found as string) : undefined;
  });

/** An absolute http or https URL. */
export const httpUrl = (options: Options<string> = {}): Schema<string> =>
  leaf('a URL such as http://localhost:4318', options, { type: 'string', format: 'uri' }, (value) => {
    const found = value instanceof Expanded ? value.text : value;
    if (typeof found !== 'string' || !/^https?:\/\//i.test(found) || !URL.canParse(found)) return undefined;
    return found;
  });

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return { ...schema, optional: true } as Schema<T | undefined>;
}

export function list<T>(items: Schema<T>, options: Options<readonly T[]> & { readonly min?: number } = {}): Schema<readonly T[]> {
  return {
    expected: 'a list',
    doc: options.doc ?? '',
    default: options.default,
    json: { type: 'array', items: items.json },
    items,
    parse(value, path, report) {
      const found = plain(value);
      if (!Array.isArray(found)) return void report(path, `expected a list of ${items.expected}, got ${describe(value)}`);
      if (found.length < (options.min ?? 0)) return void report(path, 'expected a list with at least one entry, got an empty one');
      const parsed = found.map((entry, i) => items.parse(entry, [...path, i], report));
      const fault = parsed.includes(undefined) ? undefined : options.check?.(parsed as T[]);
      if (fault !== undefined) report(path, fault);
      return parsed.includes(undefined) || fault !== undefined ? undefined : (parsed as T[]);
    },
  };
}

/** A map with free keys. */
export function map<T>(items: Schema<T>, options: Options<Readonly<Record<string, T>>> = {}): Schema<Readonly<Record<string, T>>> {
  return {
    expected: 'a map',
    doc: options.doc ?? '',
    default: options.default,
    json: { type: 'object', additionalProperties: items.json },
    items,
    parse(value, path, report) {
      const found = plain(value);
      if (!isMap(found)) return void report(path, `expected a map, got ${describe(value)}`);
      const parsed = Object.entries(found).map(([key, entry]) => [key, items.parse(entry, [...path, key], report)] as const);
      return parsed.some(([, entry]) => entry === undefined) ? undefined : Object.fromEntries(parsed as [string, T][]);
    },
  };
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Expanded);

/** Anything; its user parses it further. */
export const anything = (options: Options<unknown> = {}): Schema<unknown> =>
  leaf('a value', options, {}, (value) => (value === undefined ? null : value));

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
    default: required.length === 0 ? (undefined as never) : undefined,
    json: {
      type: ['object', 'null'],
      properties: Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fieldJson(field)])),
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
    },
    parse(value, path, report) {
      const found = plain(value) ?? {};
      if (!isMap(found)) return void report(path, `expected a map, got ${describe(value)}`);
      for (const key of Object.keys(found)) {
        if (!(key in fields)) report([...path, key], `unknown key "${key}"${didYouMean(key, Object.keys(fields)) || `; known keys: ${Object.keys(fields).join(', ')}`}`);
      }
      const parsed = parseFields(fields, found, path, report);
      if (parsed !== undefined) options.check?.(parsed as InferShape<F>, (at, message) => report([...path, ...at], message));
      return parsed as InferShape<F> | undefined;
    },
  };
  // An object none of whose fields is required may be left out whole: its default is that of its fields.
  return required.length === 0 ? { ...schema, default: parseFields(fields, {}, [], () => {}) as InferShape<F> } : schema;
}

function parseFields(fields: Shape, found: Record<string, unknown>, path: Path, report: Report): Record<string, unknown> | undefined {
  const parsed: Record<string, unknown> = {};
  let whole = true;
  for (const [key, field] of Object.entries(fields)) {
    const value = found[key];
    const absent = plain(value) === undefined || plain(value) === null;
    if (!absent) {
      parsed[key] = field.parse(value, [...path, key], report);
      whole &&= parsed[key] !== undefined;
    } else if (field.default !== undefined || field.optional) {
      parsed[key] = field.default;
    } else {
      report(path, `"${key}" is required: ${field.expected}`);
      whole = false;
    }
  }
  return whole ? parsed : undefined;
}

function fieldJson(field: Schema<unknown>): JsonSchema {
  return { ...field.json, ...(field.doc ? { description: field.doc } : {}), ...(field.default !== undefined && !field.fields ? { default: field.default } : {}) };
}

/** `config` with every secret replaced, for printing. Takes the user's own structure, parsed or not. */
export function redact(schema: Schema<unknown> | undefined, value: unknown): unknown {
  const found = plain(value);
  if (schema?.secret && found !== null && found !== undefined) return '[REDACTED]';
  if (Array.isArray(found)) return found.map((entry) => redact(schema?.items, entry));
  if (!isMap(found)) return found;
  return Object.fromEntries(Object.entries(found).map(([key, entry]) => [key, redact(schema?.fields?.[key] ?? schema?.items, entry)]));
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
