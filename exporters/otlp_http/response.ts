/** What a backend's answer means for the request: the collector's rules (otlphttpexporter). */
import type { IncomingHttpHeaders } from 'node:http';
import { lastField } from './protobuf-reader.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most the first 64 KiB. */
  readonly body: Buffer;
}

export type Outcome =
  | { readonly kind: 'success'; readonly rejected: number; readonly message: string }
  /** `errorType` is OpenTelemetry's `error.type`: a status, a system error's code, `timeout`. */
  | { readonly kind: 'retryable'; readonly errorType: string; readonly message: string; readonly retryAfterMs: number }
  | { readonly kind: 'permanent'; readonly errorType: string; readonly message: string };

const RETRYABLE = new Set([429, 502, 503, 504]);
/** A backend must not be able to silence an exporter for longer. */
const MAX_RETRY_AFTER_MS = 3_600_000;
const MESSAGE_CHARACTERS = 256;

/** @param now Unix milliseconds, for a Retry-After that is a date */
export function classify(answer: Answer, now = Date.now()): Outcome {
  const { status, headers, body } = answer;
  if (status >= 200 && status <= 299) return { kind: 'success', ...partialSuccess(answer) };
  const errorType = String(status);
  const message = `HTTP status ${status}${withMessage(statusMessage(body, headers['content-type']))}`;
  if (!RETRYABLE.has(status)) return { kind: 'permanent', errorType, message };
  return { kind: 'retryable', errorType, message, retryAfterMs: retryAfter(headers['retry-after'], now) };
}

const withMessage = (text: string): string => (text === '' ? '' : `: ${text}`);

/** Seconds or an HTTP date, in milliseconds from now; 0 when absent or senseless. */
export function retryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  const ms = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}

/** Export…ServiceResponse: field 1 is the partial success, with the rejected items in 1 and a message in 2. */
function partialSuccess({ headers, body }: Answer): { rejected: number; message: string } {
  if (isJson(headers['content-type'])) return jsonPartialSuccess(body);
  const partial = lastField(body, 1)?.bytes ?? new Uint8Array(0);
  return { rejected: lastField(partial, 1)?.value ?? 0, message: printable(lastField(partial, 2)?.bytes ?? '') };
}

function jsonPartialSuccess(body: Buffer): { rejected: number; message: string } {
  const partial = property(parseJson(body), 'partialSuccess');
  const rejected = Number(property(partial, 'rejectedDataPoints') ?? property(partial, 'rejectedSpans') ?? 0);
  return {
    rejected: Number.isFinite(rejected) ? rejected : 0,
    message: printable(textOf(property(partial, 'errorMessage'))),
  };
}

/** The message of a google.rpc.Status (field 2), which OTLP has in error answers; else the first bytes as they are. */
function statusMessage(body: Buffer, contentType: string | undefined): string {
  if (contentType?.includes('protobuf')) return printable(lastField(body, 2)?.bytes ?? '');
  if (isJson(contentType)) return printable(textOf(property(parseJson(body), 'message')) || body);
  return printable(body);
}

const isJson = (contentType: string | undefined): boolean => contentType?.includes('json') ?? false;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Foreign text for a log line: short, and without control characters. */
function printable(text: string | Uint8Array): string {
  const start =
    typeof text === 'string' ? text : Buffer.from(text.subarray(0, MESSAGE_CHARACTERS * 4)).toString('utf8');
  return start
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, MESSAGE_CHARACTERS);
}
