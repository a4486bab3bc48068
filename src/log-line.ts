/** A log line in the collector's two encodings. Nothing here throws, whatever the attributes are. */
import type { LogLevel } from './config/telemetry-schema.ts';

export interface LogRecord {
  /** Absent: a line without its time. */
  readonly timeMs?: number;
  readonly level: LogLevel;
  /** The component that speaks: `exporters::prometheus`, or `agent`. */
  readonly caller?: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}
export type Encoder = (record: LogRecord) => string;

/** `ISO time TAB level TAB caller TAB message TAB {fields}`; the stack on lines of its own. */
export const consoleLine: Encoder = ({ timeMs, level, caller, message, fields, stack }) => {
  const json = fieldsJson(fields, ': ', ', ');
  const columns = [isoTime(timeMs), level, caller, escapeControls(message), json === '{}' ? undefined : json];
  const line = columns.filter((column) => column !== undefined).join('\t');
  return stack === undefined ? `${line}\n` : `${line}\n${stack}\n`;
};

/** One JSON object a line. */
export const jsonLine: Encoder = ({ timeMs, level, caller, message, fields, stack }) => {
  const own = { level, ts: isoTime(timeMs), caller, msg: message };
  return `${fieldsJson({ ...own, ...fields, stacktrace: stack }, ':', ',')}\n`;
};

const isoTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();

/** A message with a line break could pass for two lines. */
function escapeControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (found) => JSON.stringify(found).slice(1, -1));
}

const MAX_VALUE = 4096;
const MAX_DEPTH = 5;
const SECRET = /^(authorization|cookie|.*(password|passwd|secret|token|api_?key|private_key|key_pem))$/i;

function fieldsJson(fields: Readonly<Record<string, unknown>>, colon: string, comma: string): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `{${shown.map(([key, value]) => `${JSON.stringify(key)}${colon}${valueJson(key, value)}`).join(comma)}}`;
}

function valueJson(key: string, value: unknown): string {
  try {
    const text = JSON.stringify(SECRET.test(key) ? '[REDACTED]' : readable(value, 0));
    return text.length <= MAX_VALUE ? text : JSON.stringify(`${text.slice(0, MAX_VALUE)}…`);
  } catch (error) {
    return JSON.stringify(`unprintable: ${error instanceof Error ? error.message : typeof error}`);
  }
}

/** What JSON has no form for, in words. A depth limit ends circles. */
function readable(value: unknown, depth: number): unknown {
  if (value instanceof Error) return errorText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return value.toString();
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (depth >= MAX_DEPTH) return '…';
  if (value instanceof Date || ArrayBuffer.isView(value)) return JSON.stringify(value).slice(0, MAX_VALUE);
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => readable(entry, depth + 1));
  const entries = Object.entries(value).slice(0, 100);
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, SECRET.test(key) ? '[REDACTED]' : readable(entry, depth + 1)]),
  );
}

/** A cause follows that the message does not hold already, since `fetch failed` alone tells nothing. */
export function errorText(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error);
  const { message, name, cause } = error;
  const own = message === '' ? name : message;
  if (cause === undefined || depth >= MAX_DEPTH) return own;
  if (cause instanceof Error && own.includes(cause.message)) return own;
  return `${own}: ${errorText(cause, depth + 1)}`;
}
