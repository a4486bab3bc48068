/** From attributes to the text between the braces, as OpenTelemetry's PrometheusSerializer spells it. */
import type { Attributes } from '@opentelemetry/api';
import { labelName } from './names.ts';

/** Spellings of names that are remembered; processors may make names of foreign input. */
const MAX_NAMES = 10_000;
const names = new Map<string, string>();

function remembered(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size >= MAX_NAMES) names.clear();
  const name = labelName(key);
  names.set(key, name);
  return name;
}

export const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** Anything but text is written as JSON. */
function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? '' : jsonText(value);
  return /[\\\n"]/.test(text) ? escapeText(text).replaceAll('"', '\\"') : text;
}

/** One value that JSON does not have must not cost the page. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return `unserializable ${typeof value}`;
  }
}

export interface LabelText {
  /** `a="x",b="y"`, or ''. */
  readonly text: string;
  /** Attributes whose names became equal, or clashed with a reserved one: other attributes may give the same labels. */
  readonly ambiguous: boolean;
}

/**
 * Names in `reserved` stand behind the labels of every series of the page. As Prometheus does on such a clash, the
 * series' own label is renamed to `exported_…`. Values whose names became equal are joined with `;` as the collector does.
 */
export function labelText(attributes: Attributes, reserved: ReadonlySet<string>): LabelText {
  let text = '';
  for (const key in attributes) {
    const name = remembered(key);
    if (name !== key || reserved.has(name)) return carefully(attributes, reserved);
    text += `${text === '' ? '' : ','}${name}="${valueText(attributes[key])}"`;
  }
  return { text, ambiguous: false };
}

function carefully(attributes: Attributes, reserved: ReadonlySet<string>): LabelText {
  const labels = labelMap(attributes, reserved);
  const ambiguous = labels.size < Object.keys(attributes).length;
  return {
    text: joinLabels(labels),
    ambiguous: ambiguous || Object.keys(attributes).some((key) => reserved.has(remembered(key))),
  };
}

/** Label names to escaped values, in the order of the attributes. */
export function labelMap(attributes: Attributes, reserved: ReadonlySet<string> = new Set()): Map<string, string> {
  const keysByName = new Map<string, string[]>();
  for (const key of Object.keys(attributes)) {
    const name = remembered(key);
    keysByName.set(name, [...(keysByName.get(name) ?? []), key]);
  }
  const labels = new Map<string, string>();
  for (const [name, keys] of keysByName) {
    const joined = keys.sort().map((key) => valueText(attributes[key]));
    labels.set(reserved.has(name) ? exported(name, reserved, keysByName) : name, joined.join(';'));
  }
  return labels;
}

function exported(name: string, reserved: ReadonlySet<string>, own: ReadonlyMap<string, unknown>): string {
  let free = `exported_${name}`;
  while (reserved.has(free) || own.has(free)) free = `exported_${free}`;
  return free;
}

export const joinLabels = (labels: ReadonlyMap<string, string>): string =>
  Array.from(labels, ([name, value]) => `${name}="${value}"`).join(',');

/** Equal for equal label sets, whatever the order; a label without a value is as good as none. */
export const labelSetKey = (labels: ReadonlyMap<string, string>): string =>
  joinLabels(
    new Map(
      Array.from(labels)
        .filter(([, value]) => value !== '')
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
