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
  return `# HELP ${name} ${escapeText(help || NO_HELP)}\n${unitLine}# TYPE ${name} ${kind}\n`;
}

/**
 * In OpenMetrics a counter is named without the `_total` of its samples. A counter whose samples have none is `unknown`,
 * and so is one whose name another family has: series must have the same names in both formats.
 *
 * @param taken names of families on the page so far; this one's is added
 */
export function openMetricsMetadata({ name, kind, help, unit }: Described, taken: Set<string>): string {
  const base = kind === 'counter' ? name.replace(/_total$/, '') : name;
  const isCounter = kind === 'counter' && base !== name && base !== '' && !taken.has(base);
  const family = isCounter ? base : name;
  taken.add(family);
  const type = kind === 'counter' && !isCounter ? 'unknown' : kind;
  const word = unitOfName(family, unit);
  const text = escapeText(help || NO_HELP).replaceAll('"', '\\"');
  return `# HELP ${family} ${text}\n# TYPE ${family} ${type}\n${word === '' ? '' : `# UNIT ${family} ${word}\n`}`;
}

export function metadata(family: Described, format: Format, taken: Set<string>): string {
  return format === 'text' ? textMetadata(family) : openMetricsMetadata(family, taken);
}

/** Names of samples that a family may have on the page. */
export const sampleNames = ({ name, kind }: Pick<Described, 'name' | 'kind'>): string[] =>
  kind === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name];
