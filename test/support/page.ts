// A strict reader of Prometheus's text format 0.0.4: whatever a server may not write is an error here.
// Written from the format's description; it shares nothing with the writer under test.

export interface Sample {
  name: string;
  labels: Map<string, string>;
  value: number;
}

export interface Family {
  type: string;
  help?: string;
}

export interface Page {
  /** Series as `seriesKey` writes them, to their value. */
  series: Map<string, number>;
  samples: Sample[];
  families: Map<string, Family>;
}

const types = new Set(['counter', 'gauge', 'histogram', 'summary', 'untyped']);
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|(?=\}))/;
const number = /^(?:[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|Inf)|NaN)$/;

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));

/** One spelling for each series: labels in the order of their names, values in JSON's quotes. */
export function seriesKey(name: string, labels: Iterable<[string, string]>): string {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}}`;
}

/** Throws at the first line that the format does not allow, with its number. */
export function parsePage(text: string): Page {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line does not end in a line feed');
  const page: Page = { series: new Map(), samples: [], families: new Map() };
  const reader = new PageReader(page);
  for (const [index, line] of text.split('\n').slice(0, -1).entries()) {
    try {
      reader.line(line);
    } catch (error) {
      throw new Error(`line ${index + 1}: ${(error as Error).message}: ${line}`, { cause: error });
    }
  }
  return page;
}

class PageReader {
  #page: Page;
  /** Families whose samples have begun: all lines of one family stand together. */
  #begun = new Set<string>();
  #current = '';
  /** Name in HELP and TYPE lines since the last sample. */
  #announced = '';

  constructor(page: Page) {
    this.#page = page;
  }

  line(line: string): void {
    if (line.startsWith('# HELP ') || line.startsWith('# TYPE ')) this.#comment(line);
    else if (line !== '' && !line.startsWith('#')) this.#sample(line);
  }

  #comment(line: string): void {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (metricName.exec(name)?.[0] !== name) throw new Error('not a metric name');
    if (this.#begun.has(name)) throw new Error(`${keyword} after samples of ${name}`);
    const family = this.#page.families.get(name) ?? { type: '' };
    if (keyword === 'TYPE') this.#type(family, rest);
    else if (family.help !== undefined) throw new Error('a second HELP');
    else family.help = unescape(rest);
    this.#page.families.set(name, family);
    this.#announced = name;
  }

  #type(family: Family, type: string): void {
    if (family.type !== '') throw new Error('a second TYPE');
    if (!types.has(type)) throw new Error(`unknown type ${type}`);
    family.type = type;
  }

  #sample(line: string): void {
    const name = metricName.exec(line)?.[0];
    if (name === undefined) throw new Error('not a metric name');
    const { labels, rest } = parseLabels(line.slice(name.length));
    const [, value = '', timestamp] = /^ ([^ ]+)(?: (-?\d+))?$/.exec(rest) ?? [];
    if (!number.test(value)) throw new Error(`not a value: ${rest}`);
    if (timestamp !== undefined) throw new Error('a timestamp, which this agent never sends');
    this.#enter(this.#familyOf(name, labels));
    const key = seriesKey(name, labels);
    if (this.#page.series.has(key)) throw new Error('the same series twice');
    const sample = { name, labels, value: Number(value.replace('Inf', 'Infinity')) };
    this.#page.series.set(key, sample.value);
    this.#page.samples.push(sample);
  }

  #familyOf(name: string, labels: Map<string, string>): string {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const type = this.#page.families.get(base)?.type;
    if (base === name || (type !== 'histogram' && type !== 'summary')) return name;
    if (name.endsWith('_bucket') && !labels.has('le')) throw new Error('a bucket without le');
    return base;
  }

  #enter(family: string): void {
    if (this.#announced !== '' && this.#announced !== family)
      throw new Error(`expected a sample of ${this.#announced}`);
    this.#announced = '';
    if (family === this.#current) return;
    if (this.#begun.has(family)) throw new Error(`samples of ${family} do not stand together`);
    this.#begun.add(family);
    this.#current = family;
  }
}

function parseLabels(text: string): { labels: Map<string, string>; rest: string } {
  const labels = new Map<string, string>();
  if (!text.startsWith('{')) return { labels, rest: text };
  let rest = text.slice(1);
  while (!rest.startsWith('}')) {
    const [all, name, value] = label.exec(rest) ?? [];
    if (all === undefined || name === undefined || value === undefined) throw new Error(`not a label: ${rest}`);
    if (labels.has(name)) throw new Error(`label ${name} twice`);
    labels.set(name, unescape(value));
    rest = rest.slice(all.length);
  }
  return { labels, rest: rest.slice(1) };
}
