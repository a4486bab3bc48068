/** Milliseconds for the text alone: 100,000 counters with three labels, and as many histogram lines. `node text-writer.bench.ts` */
import { ValueType } from '@opentelemetry/api';
import type { MetricBatch, MetricFamily } from '../../src/metric-batch.ts';
import { AttributeSeries } from '../../src/series-table.ts';
import { PageBuffer } from './page-buffer.ts';
import { TextWriter } from './text-writer.ts';

const ROUNDS = 41;

function family(kind: 'counter' | 'histogram', rows: number, bounds: Float64Array): MetricFamily {
  const series = new AttributeSeries();
  for (let id = 0; id < rows; id++) {
    series.attributes.push({ pid: String(id), operation: String(id % 7), comm: `worker-${id % 997}` });
  }
  const width = kind === 'histogram' ? bounds.length + 2 : 1;
  return {
    descriptor: { name: `bench_${kind}_total`, description: 'Bench', unit: '', valueType: ValueType.INT },
    kind,
    bounds,
    rows,
    series,
    source: 'bench',
    scope: { name: 'bench' },
    startTimeUnixNano: 0n,
    ids: Uint32Array.from({ length: rows }, (_, id) => id),
    values: Float64Array.from({ length: rows * width }, (_, i) => (i * 7919) % 10 ** (1 + (i % 9))),
  };
}

function measure(title: string, of: MetricFamily, expirationMs: number): void {
  const settings = {
    namespace: 'ebpf_exporter',
    suffixes: false,
    scopeInfo: false,
    targetInfo: false,
    sendTimestamps: false,
  };
  const writer = new TextWriter(
    { ...settings, constLabels: {}, isLabel: () => false, expirationMs },
    { drop() {}, differingHelp() {} },
  );
  const batch: MetricBatch = { resource: {}, timeUnixNano: 0n, families: [of] };
  const page = new PageBuffer();
  const times = Array.from({ length: ROUNDS }, () => {
    for (let i = 0; i < of.values.length; i++) of.values[i] += i % 3;
    page.length = 0;
    const start = performance.now();
    writer.write([batch], page, 'text');
    return performance.now() - start;
  });
  const [first, ...later] = times;
  const sorted = later.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(later.length / 2)].toFixed(2);
  console.log(
    `${title}: first ${first.toFixed(1)} ms, then ${median} ms (least ${sorted[0].toFixed(2)}), ${page.length} bytes`,
  );
}

measure('100,000 counters', family('counter', 100_000, new Float64Array(0)), 300_000);
measure('100,000 counters, metric_expiration 0s', family('counter', 100_000, new Float64Array(0)), 0);
const bounds = Float64Array.from({ length: 28 }, (_, i) => 2 ** i * 1e-6);
measure('3,225 histograms of 28 buckets', family('histogram', 3225, bounds), 300_000);
