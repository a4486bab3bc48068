/** Metric and label names: from OpenTelemetry's to Prometheus's (the specification's "Prometheus and OpenMetrics compatibility"). */
import type { MetricFamily } from '../../src/metric-batch.ts';

/** Metrics of this scope have whole names (`otelcol_…`): no namespace, no suffix. */
const OWN_SCOPE = 'ebpf-otel-agent';

/** UCUM to the words that Prometheus's naming practice has; other units are taken as they are. */
const UNITS = wordMap(
  'd days, h hours, min minutes, s seconds, ms milliseconds, us microseconds, ns nanoseconds, By bytes, KiBy kibibytes',
  'MiBy mebibytes, GiBy gibibytes, TiBy tebibytes, KBy kilobytes, kBy kilobytes, MBy megabytes, GBy gigabytes',
  'TBy terabytes, m meters, V volts, A amperes, J joules, W watts, g grams, Cel celsius, Hz hertz, % percent, 1 ',
);
const PER_UNITS = wordMap('s second, min minute, m minute, h hour, d day, w week, mo month, y year');

function wordMap(...lists: string[]): ReadonlyMap<string, string> {
  return new Map(lists.flatMap((list) => list.split(', ')).map((pair) => pair.split(' ') as [string, string]));
}

const VALID_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const VALID_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const escape = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/_{2,}/g, '_');
const afterDigit = (name: string): string => (/^[0-9]/.test(name) ? `_${name}` : name);

/** A name that is a label name already stays as it is. */
export const labelName = (name: string): string => (VALID_LABEL.test(name) ? name : afterDigit(escape(name)) || '_');

export interface NameOptions {
  /** Put before each name with `_`; '' for none. */
  readonly namespace: string;
  /** `_total` on counters and the unit's word; otherwise a name that is valid already stays as it is. */
  readonly suffixes: boolean;
}

type Named = Pick<MetricFamily, 'descriptor' | 'kind' | 'scope'>;

/** The family's name on the page, or undefined when nothing is left of it. */
export function metricName(family: Named, { namespace, suffixes }: NameOptions): string | undefined {
  const { name } = family.descriptor;
  if (family.scope.name === OWN_SCOPE) return validMetricName(name);
  const suffixed = suffixes ? withSuffixes(VALID_METRIC.test(name) ? name : escape(name), family) : name;
  return validMetricName(namespace === '' ? suffixed : `${namespace}_${suffixed}`);
}

function validMetricName(name: string): string | undefined {
  if (VALID_METRIC.test(name) && name !== '_') return name;
  const valid = afterDigit(escape(name));
  return valid === '' || valid === '_' ? undefined : valid;
}

/** A word that the name has already is not added again; `total` and `ratio` come last. */
function withSuffixes(name: string, { kind, descriptor: { unit } }: Named): string {
  const last = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : '';
  const words = name.split('_');
  const missing = unitWords(unit).filter((each) => !words.includes(each.replace(/^per_/, '')));
  if (last === '' && missing.length === 0) return name;
  return [...words.filter((each) => last === '' || each !== last), ...missing, ...(last ? [last] : [])].join('_');
}

/** `By/s` → `bytes`, `per_second`; an annotation such as `{event}` has no word. */
function unitWords(unit: string): string[] {
  const slash = unit.indexOf('/');
  const main = wordOf(slash < 0 ? unit : unit.slice(0, slash), UNITS);
  const per = slash < 0 ? '' : wordOf(unit.slice(slash + 1), PER_UNITS);
  return [main, per && `per_${per}`].filter((part) => part !== '');
}

function wordOf(unit: string, known: ReadonlyMap<string, string>): string {
  if (/[{}]/.test(unit)) return '';
  const text = unit.trim();
  return known.get(text) ?? escape(text).replace(/^_|_$/g, '');
}

/** The unit for OpenMetrics' UNIT line: only one that the name ends in, `_total` aside. */
export function unitOfName(base: string, unit: string): string {
  const text = unitWords(unit).join('_');
  return text !== '' && base.endsWith(`_${text}`) ? text : '';
}
