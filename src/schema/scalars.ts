/** Schemas of single values. */
import { parseDuration } from '../duration.ts';
import { describe, didYouMean, fail } from './messages.ts';
import type { JsonSchema, Options, Schema } from './types.ts';
import { Expanded, plain } from './types.ts';

export function leaf<T>(
  expected: string,
  options: Options<T>,
  json: JsonSchema,
  read: (value: unknown) => T | undefined,
): Schema<T> {
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
    if (!(value instanceof Expanded)) return typeof value === 'string' ? value : undefined;
    return value.from === 'reference' && !isContainer(value.value) ? value.text : undefined;
  });

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** Text as in `string`, never printed, not in an error either. */
export function secret(options: Options<string> = {}): Schema<string> {
  const schema = string(options);
  return {
    ...schema,
    secret: true,
    parse(value, path, report) {
      const readable = value instanceof Expanded ? !isContainer(value.value) : typeof value === 'string';
      if (!readable) return fail(report, path, `expected ${schema.expected} (quoted), got a value of another type`);
      return schema.parse(value instanceof Expanded ? value.text : value, path, report);
    },
  };
}

const BCRYPT = /^\$2[aby]\$(?:0[4-9]|1\d|2\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** A password's hash, as `htpasswd -nB` prints it and Prometheus's web config has it; never printed. */
export const bcryptHash = (): Schema<string> =>
  secret({
    check: (hash) =>
      BCRYPT.test(hash) ? undefined : 'expected a bcrypt hash such as htpasswd -nB prints: $2y$10$ and 53 characters',
  });

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

export const number = (
  options: Options<number> & { readonly min?: number; readonly max?: number } = {},
): Schema<number> => numeric('a number', { type: 'number' }, Number.isFinite, options);

export const integer = (
  options: Options<number> & { readonly min?: number; readonly max?: number } = {},
): Schema<number> => numeric('a whole number', { type: 'integer' }, Number.isSafeInteger, options);

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
export function duration(
  options: { readonly doc?: string; readonly default?: string; readonly positive?: boolean } = {},
): Schema<number> {
  const ms = options.default === undefined ? undefined : parseDuration(options.default);
  const least = options.positive ? 'a duration above 0' : 'a duration';
  return leaf<number>(
    `${least} such as 30s or 1m30s`,
    { doc: options.doc, default: ms },
    { type: 'string', ...(options.default === undefined ? {} : { default: options.default }) },
    (value) => {
      const found = plain(value);
      const parsed = typeof found === 'string' ? parseDuration(found) : found === 0 ? 0 : undefined;
      return parsed !== undefined && (options.positive ? parsed > 0 : parsed >= 0) ? parsed : undefined;
    },
  );
}

export function oneOf<const T extends string>(values: readonly T[], options: Options<NoInfer<T>> = {}): Schema<T> {
  const expected = `one of ${values.join(', ')}`;
  return {
    ...leaf<T>(expected, options, { enum: values }, () => undefined),
    parse(value, path, report) {
      const found = plain(value);
      const match = values.find((candidate) => candidate === found);
      if (match === undefined)
        report(path, `expected ${expected}, got ${describe(value)}${didYouMean(String(found), values)}`);
      return match;
    },
  };
}

/** `host:port`; an empty host means all interfaces, `[::1]:9435` an IPv6 one. */
export const hostPort = (options: Options<string> = {}): Schema<string> =>
  leaf('an address host:port such as localhost:9435', options, { type: 'string' }, (value) => {
    const found = value instanceof Expanded ? value.text : value;
    const port =
      typeof found === 'string' ? /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]*):(\d{1,5})$/.exec(found)?.[1] : undefined;
    return port !== undefined && Number(port) <= 65535 ? (found as string) : undefined;
  });

/** An absolute http or https URL. */
export const httpUrl = (options: Options<string> = {}): Schema<string> =>
  leaf('a URL such as http://localhost:4318', options, { type: 'string', format: 'uri' }, (value) => {
    const found = value instanceof Expanded ? value.text : value;
    if (typeof found !== 'string' || !/^https?:\/\//i.test(found) || !URL.canParse(found)) return undefined;
    return found;
  });
