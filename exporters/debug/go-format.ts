/** Values as Go's fmt and the collector's pdata print them. */
import type { AnyValue, HrTime } from '@opentelemetry/api';

/** `%f`: six decimals, never an exponent. */
export function fixed(value: number): string {
  if (!Number.isFinite(value)) return special(value);
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}

/** `%v` of a float64: the shortest that reads back, an exponent below 1e-4 and from 1e21 on. */
export function shortest(value: number): string {
  if (!Number.isFinite(value)) return special(value);
  if (Object.is(value, -0)) return '-0';
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e21)) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

const special = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');

/** `%d` of an int64 or uint64. */
export const integer = (value: number): string => BigInt(Math.trunc(value)).toString();

/** `2026-01-02 03:04:05.000000006 +0000 UTC`. */
export function timestamp([seconds, nanoseconds]: HrTime): string {
  const [date, time] = new Date(seconds * 1000).toISOString().split('T');
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return `${date} ${time.slice(0, 8)}${fraction} +0000 UTC`;
}

/** Foreign text with its control characters escaped: it must neither begin a line of its own nor reach the terminal. */
export const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[\u007f-\u2029]$/, hex),
  );

const hex = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** An attribute's value as text (pcommon.Value.AsString), on one line. */
export function asString(value: AnyValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return oneLine(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : JSON.stringify(value);
}

/** `Str(x)`: with the type that it has in OTLP. */
export const typed = (value: AnyValue): string => `${typeName(value)}(${asString(value)})`;

function typeName(value: AnyValue): string {
  if (value === null || value === undefined) return 'Empty';
  if (value instanceof Uint8Array) return 'Bytes';
  if (Array.isArray(value)) return 'Slice';
  if (typeof value === 'number') return Number.isInteger(value) ? 'Int' : 'Double';
  return typeof value === 'string' ? 'Str' : typeof value === 'boolean' ? 'Bool' : 'Map';
}
