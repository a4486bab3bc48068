/** For tests: families from rows, and a writer with a clock of its own that remembers what it said was lost. */
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { MetricFamily } from '../../src/metric-batch.ts';
import { AttributeSeries } from '../../src/series-table.ts';
import type { Format } from './line-shape.ts';
import { PageBuffer } from './page-buffer.ts';
import type { WriterOptions } from './text-writer.ts';
import { TextWriter } from './text-writer.ts';

/** Attributes, and the value or the values of a histogram. */
export type Rows = [Attributes, number | number[]][];
interface Given {
  kind?: MetricFamily['kind'];
  help?: string;
  unit?: string;
  bounds?: number[];
  scope?: string;
  source?: string;
}

export function family(name: string, rows: Rows, given: Given = {}): MetricFamily {
  const series = new AttributeSeries();
  series.attributes.push(...rows.map(([attributes]) => attributes));
  const { kind = 'counter', help = 'Help', unit = '', bounds = [], scope = 'test', source = 'test' } = given;
  return {
    descriptor: { name, description: help, unit, valueType: ValueType.INT },
    kind,
    startTimeUnixNano: 0n,
    scope: { name: scope },
    source,
    series,
    bounds: Float64Array.from(bounds),
    rows: rows.length,
    ids: Uint32Array.from(rows, (_, id) => id),
    values: Float64Array.from(rows.flatMap(([, values]) => values)),
  };
}

/** The settings with which ebpf_exporter's pages are had. */
const plain: WriterOptions = {
  namespace: '',
  suffixes: false,
  scopeInfo: false,
  targetInfo: false,
  sendTimestamps: false,
  constLabels: {},
  isLabel: () => false,
  expirationMs: 0,
};

export class WriterHarness {
  readonly losses: string[] = [];
  now = 1000;
  resource: Attributes = {};
  readonly #writer: TextWriter;
  readonly #check: (text: string) => void;

  /** @param check throws when a page in the text format is not valid */
  constructor(options: Partial<WriterOptions>, check: (text: string) => void) {
    this.#check = check;
    const losses = {
      drop: (reason: string, points: number, metric: string) => void this.losses.push(`${reason} ${points} ${metric}`),
      differingHelp: (metric: string) => void this.losses.push(`help ${metric}`),
    };
    this.#writer = new TextWriter({ ...plain, ...options }, losses, () => this.now);
  }

  page(families: readonly MetricFamily[], format: Format = 'text', others: Attributes[] = []): string {
    const page = new PageBuffer();
    const batches = [{ resource: this.resource, timeUnixNano: 1_790_000_000_123_456_789n, families: [...families] }];
    for (const resource of others) batches.push({ resource, timeUnixNano: 0n, families: [] });
    this.#writer.write(batches, page, format);
    const text = page.page().toString();
    if (format === 'text' && !text.includes(' 179')) this.#check(text);
    return text;
  }

  /** Without comments. */
  samples(...families: MetricFamily[]): string[] {
    return this.page(families)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
  }
}
