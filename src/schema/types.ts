/** What a schema is, and the values that it is given. */

export type Path = readonly (string | number)[];
/** `part`: the fault is the key itself, not its value. */
export type Report = (path: Path, message: string, part?: 'key') => void;
export type JsonSchema = Record<string, unknown>;

/**
 * A value with the text it was parsed from. `reference`: a `${…}` that was the whole value, taken as text where text is
 * wanted. `literal`: a number or boolean written otherwise than JavaScript writes it (`1.10`, `0x1f`).
 */
export class Expanded {
  readonly value: unknown;
  readonly text: string;
  readonly from: 'reference' | 'literal';
  constructor(value: unknown, text: string, from: 'reference' | 'literal' = 'reference') {
    this.value = value;
    this.text = text;
    this.from = from;
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
export type Shape = Readonly<Record<string, Schema<unknown>>>;
export type InferShape<F extends Shape> = { [K in keyof F]: Infer<F[K]> };
export interface Options<T> {
  readonly doc?: string;
  readonly default?: T;
  /** An extra condition: the message when it does not hold. */
  readonly check?: (value: T) => string | undefined;
}

export const plain = (value: unknown): unknown => (value instanceof Expanded ? value.value : value);

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Expanded);
