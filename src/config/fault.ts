import type { Fault } from '../component.ts';

/** `FILE:LINE:COLUMN: exporters::otlp_http::endpoint: expected …`, on one line. */
export function formatFault({ file, line, column, path, message }: Fault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const text = path === undefined || path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** In the order in which the files were given, then by position; what is said twice is said once. */
export function sortFaults(faults: readonly Fault[], files: readonly string[]): Fault[] {
  const order = new Map([...files, ...faults.map(({ file }) => file)].toReversed().map((file, i) => [file, -i]));
  const rank = ({ file }: Fault): number => order.get(file) ?? 0;
  const sorted = faults.toSorted(
    (a, b) => rank(a) - rank(b) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  const seen = new Set<string>();
  return sorted.filter((fault) => !seen.has(formatFault(fault)) && seen.add(formatFault(fault)));
}

/** A config that cannot be used: every reason at once. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(faults.map(formatFault).join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}
