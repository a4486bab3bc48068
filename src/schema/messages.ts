/** Words for error messages. */
import { closest, distance } from 'fastest-levenshtein';
import type { Report } from './types.ts';
import { Expanded, plain } from './types.ts';

/** `5 (number)`, `"x" (string)`, `a list`: what was found, short enough for one line. */
export function describe(value: unknown): string {
  const found = plain(value);
  if (found === null || found === undefined) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a map';
  const literal = value instanceof Expanded && typeof found !== 'string';
  const text = literal ? value.text : JSON.stringify(found);
  return `${text.length > 60 ? `${text.slice(0, 57)}…` : text} (${typeof found})`;
}

/** `; did you mean "x"?`, or '' when nothing known is near. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const near = closest(wrong, known);
  return distance(wrong, near) <= Math.max(2, Math.floor(near.length / 3)) ? `; did you mean "${near}"?` : '';
}

export function unknownKey(key: string, known: readonly string[]): string {
  if (known.length === 0) return `unknown key "${key}"; there is nothing to set here`;
  return `unknown key "${key}"${didYouMean(key, known) || `; known keys: ${known.join(', ')}`}`;
}

/** Reports and answers what `parse` answers where it reported. */
export function fail(report: Report, ...fault: Parameters<Report>): undefined {
  report(...fault);
  return undefined;
}
