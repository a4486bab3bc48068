import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { Processor, Scraper, SpanBatch } from './component.ts';
import type { MetricBatch, MetricFamily } from './metric-batch.ts';
import { MetricPipeline, spanPipeline } from './pipeline.ts';
import { SeriesTable } from './series-table.ts';
import { OwnTelemetry } from './telemetry.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Two keys, 1 and 2, with values 10 and 20, as a map would have them. */
class TwoKeys implements Scraper {
  readonly intervalMs = 1000;
  readonly initialDelayMs = 5;
  readonly #table = new SeriesTable(1, [{ name: 'key', offset: 0, size: 1, decoders: [] }]);

  scrape(): MetricFamily[] {
    const values = new Float64Array([10, 20]);
    this.#table.begin();
    const rows = this.#table.intern(Uint8Array.of(1, 2), 2, values, 1);
    const descriptor = { name: 'm', description: '', unit: '', valueType: ValueType.INT };
    const head = { descriptor, kind: 'counter', startTimeUnixNano: 0n, scope: { name: 's' }, source: 'test' } as const;
    return [{ ...head, series: this.#table, bounds: new Float64Array(0), rows, ids: this.#table.ids, values }];
  }
}

const decodeAll = (attributes: (key: number) => Attributes | null): Processor => ({
  process({ families }: MetricBatch) {
    for (const { series } of families) {
      for (const id of series.fresh) series.attributes[id] = attributes(series.key(id)[0]);
    }
  },
});

function pipeline(
  scrapers: readonly Scraper[],
  processors: readonly Processor[],
  telemetry = new OwnTelemetry('normal', '0', {}),
): MetricPipeline {
  return new MetricPipeline({
    id: 'metrics',
    scrapers: scrapers.map((part, i) => ({ id: `r/${i}`, part })),
    processors: processors.map((part, i) => ({ id: `p/${i}`, part })),
    resource: { 'service.name': 'agent' },
    telemetry,
    logger: silent,
  });
}

const own = (telemetry: OwnTelemetry, name: string): [Attributes | null | undefined, number][] => {
  const family = telemetry
    .source(1, 1)
    .collect()
    .families.find(({ descriptor }) => descriptor.name === name);
  return family === undefined
    ? []
    : Array.from({ length: family.rows }, (_, row) => [family.series.attributes[family.ids[row]], family.values[row]]);
};

test('processors run in the order of the config, on each collection, and the batch is folded after them', () => {
  const order: string[] = [];
  const first: Processor = { process: () => void order.push('first') };
  const second: Processor = { process: () => void order.push('second') };
  const source = pipeline([new TwoKeys()], [first, decodeAll(() => ({ all: 'one' })), second]);
  const [family] = source.collect().families;
  assert.deepEqual(order, ['first', 'second']);
  assert.deepEqual([family.rows, family.values[0]], [1, 30]);
  assert.equal(source.collect().families[0].rows, 1);
});

test('two pipelines over the same kind of receiver decode for themselves', () => {
  const named = pipeline([new TwoKeys()], [decodeAll((key) => ({ key: String(key) }))]);
  const hidden = pipeline([new TwoKeys()], [decodeAll((key) => (key === 1 ? null : { key: 'x' }))]);
  assert.equal(named.collect().families[0].rows, 2);
  assert.equal(hidden.collect().families[0].rows, 1);
  assert.equal(named.collect().families[0].rows, 2);
});

test('a scraper that throws costs its own families, and is counted', () => {
  const telemetry = new OwnTelemetry('normal', '0', {});
  const broken: Scraper = { intervalMs: 500, initialDelayMs: 0, scrape: () => assert.fail('broken') };
  const source = pipeline([broken, new TwoKeys()], [], telemetry);
  assert.equal(source.collect().families.length, 1);
  assert.deepEqual(own(telemetry, 'otelcol_scraper_errored_metric_points'), [[{ receiver: 'r/0', scraper: 'r/0' }, 1]]);
  assert.deepEqual(own(telemetry, 'otelcol_scraper_scraped_metric_points'), [[{ receiver: 'r/1', scraper: 'r/1' }, 2]]);
  assert.equal(source.intervalMs, 500);
});

test('a processor changes the resource of its own batch only', () => {
  const source = pipeline(
    [new TwoKeys()],
    [{ process: (batch) => void Object.assign(batch.resource, { 'host.name': 'h' }) }],
  );
  assert.deepEqual(source.collect().resource, { 'service.name': 'agent', 'host.name': 'h' });
  assert.deepEqual(pipeline([new TwoKeys()], []).collect().resource, { 'service.name': 'agent' });
});

test("spans go through processors to each exporter with the pipeline's resource", () => {
  const seen: SpanBatch[] = [];
  const consume = spanPipeline(
    { 'service.name': 'agent' },
    [{ process() {}, processSpans: ({ resource }) => void (resource['p'] = 1) }],
    [{ consumeSpans: (batch) => void seen.push(batch) }],
  );
  consume({ resource: { own: true }, scope: { name: 's' }, spans: [], records: [] });
  assert.deepEqual(seen[0].resource, { 'service.name': 'agent', own: true, p: 1 });
});
