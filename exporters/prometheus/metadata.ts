/** HELP, UNIT and TYPE lines. */
import type { MetricFamily } from '../../src/metric-batch.ts';
import { escapeText } from './label-text.ts';
import type { Format } from './line-shape.ts';
import { unitOfName } from './names.ts';

interface Described {
  readonly name: string;
  readonly kind: MetricFamily['kind'];
  readonly help: string;
  readonly unit: string;
}

const NO_HELP = 'description missing';

/** As OpenTelemetry's PrometheusSerializer has them. */
export function textMetadata({ name, kind, help, unit }: Described): string {
  const unitLine = unit === '' ? '' : `# UNIT ${name} ${escapeText(unit)}\n`;
  return `# HELP ${name} ${escapeText(help || NO_HELP)}\n${unitLine}# TYPE ${name} ${textType(kind, name)}\n`;
}

/**
 * Prometheus's linters refuse a counter without `_total`, and a name that users have is not changed: such a counter is untyped, as
 * it is `unknown` in OpenMetrics. Queries do not look at the type.
 */
const textType = (kind: MetricFamily['kind'], name: string): string =>
  kind === 'counter' && !name.endsWith('_total') ? 'untyped' : kind;

/**
 * In OpenMetrics a counter is named without the `_total` of its samples. A counter whose samples have none is `unknown`,
 * and so is one whose name another family has: series must have the same names in both formats.
 *
 * @param names of all families of the page, and what else a counter can't be named
 */
export function openMetricsMetadata({ name, kind, help, unit }: Described, names: ReadonlySet<string>): string {
  const base = kind === 'counter' ? name.replace(/_total$/, '') : name;
  const isCounter = kind === 'counter' && base !== name && base !== '' && !names.has(base);
  const family = isCounter ? base : name;
  const type = kind === 'counter' && !isCounter ? 'unknown' : kind;
  const word = unitOfName(family, unit);
  const text = escapeText(help || NO_HELP).replaceAll('"', '\\"');
  return `# HELP ${family} ${text}\n# TYPE ${family} ${type}\n${word === '' ? '' : `# UNIT ${family} ${word}\n`}`;
}

export function metadata(family: Described, format: Format, names: ReadonlySet<string>): string {
  return format === 'text' ? textMetadata(family) : openMetricsMetadata(family, names);
}

/** Names of samples that a family may have on the page. */
export const sampleNames = ({ name, kind }: Pick<Described, 'name' | 'kind'>): string[] =>
  kind === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
