/** The text format equals OpenTelemetry's own writer byte for byte, for random batches, scrape after scrape. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import fc from 'fast-check';
import type { MetricBatch, MetricFamily } from '../../src/metric-batch.ts';
import { toResourceMetrics } from '../../src/resource-metrics.ts';
import { AttributeSeries } from '../../src/series-table.ts';
import { PageBuffer } from './page-buffer.ts';
import { TextWriter } from './text-writer.ts';
import type { WriterOptions } from './text-writer.ts';

/** Names that both keep apart and valid: no two become equal, none starts with a digit or is reserved. */
const attributeKeys = ['device', 'disk.io.direction', 'größe', 'a-b', 'Key', 'x/y z', 'CPU', 'exported_by'];
const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.constantFrom('a"b\\c\nd', '\\n', '"', '\u007f\u{1f600}\u007f', 'é'.repeat(40), ' ', '\r\u0000', '\ud800'),
);
const values = fc.oneof(
  texts,
  fc.double(),
  fc.boolean(),
  fc.array(texts, { maxLength: 3 }),
  fc.array(fc.integer(), { maxLength: 2 }),
);
const attributeSet: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.constantFrom(...attributeKeys), { maxLength: 4 })
  .chain((keys) => fc.tuple(...keys.map((key) => fc.tuple(fc.constant(key), values))))
  .map((entries) => Object.fromEntries(entries));

const counts = fc.oneof(
  { weight: 4, arbitrary: fc.nat() },
  fc.maxSafeNat(),
  fc.constantFrom(0, 9, 10, 99, 100, 1e8, 1e8 - 1, 2 ** 32 - 1, 2 ** 32, 1e16, 2 ** 53, 2 ** 63, 99_999_999, 4e8, 1e15),
);
const numbers = fc.oneof(
  counts,
  fc.double(),
  fc.constantFrom(-0, -1, 0.1, 1e-7, 1e21, NaN, Infinity, -Infinity, -(2 ** 40)),
);
/** Bounds that Go and JavaScript spell alike. */
const bounds = fc.uniqueArray(fc.constantFrom(0.0001, 0.000128, 0.5, 1, 2.5, 50, 1024, 99_999.5, Infinity), {
  maxLength: 6,
});

const someFamily: fc.Arbitrary<MetricFamily> = fc
  .record({
    name: fc.constantFrom('requests', 'disk.io', 'a-b.c', 'Naïve', 'x9', 'some_seconds', 'done_total', 'tree'),
    kind: fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const),
    description: fc.constantFrom('', 'Help', 'two\nlines \\ "quoted"', 'ünï'),
    scope: fc.constantFrom({ name: 'ebpf', version: '0.1.0' }, { name: 'a"b' }, { name: '' }),
    bounds,
    series: fc.uniqueArray(attributeSet, {
      minLength: 1,
      maxLength: 12,
      comparator: (a, b) => labelsOf(a) === labelsOf(b),
    }),
    pool: fc.array(numbers, { minLength: 5, maxLength: 40 }),
    positive: fc.array(counts, { minLength: 5, maxLength: 40 }),
  })
  .map((made): MetricFamily => {
    const { name, kind, description, scope, pool, positive } = made;
    const upper = kind === 'histogram' ? Float64Array.from(made.bounds.toSorted((a, b) => a - b)) : new Float64Array(0);
    const rows = made.series.length;
    const series = new AttributeSeries();
    series.attributes.push(...made.series);
    const unit = name.endsWith('_seconds') && kind === 'gauge' ? 's' : '';
    const width = kind === 'histogram' ? upper.length + 2 : 1;
    const from = kind === 'gauge' ? pool : positive;
    return {
      // One type for each name: of two we show the first, the oracle none.
      descriptor: { name: `${kind}_${name}`, description, unit, valueType: ValueType.DOUBLE },
      kind,
      scope,
      source: 'test',
      startTimeUnixNano: 0n,
      series,
      bounds: upper,
      rows,
      ids: Uint32Array.from({ length: rows }, (_, id) => id),
      values: Float64Array.from({ length: rows * width }, (_, i) => from[i % from.length]),
    };
  });

/** The same series twice is shown once by us and twice by the oracle: a name stands twice only with other scopes. */
const batches: fc.Arbitrary<MetricBatch> = fc.record({
  resource: attributeSet,
  timeUnixNano: fc.nat().map((ms) => (1_790_000_000_000n + BigInt(ms)) * 1_000_000n),
  // The oracle is given families by scope.
  families: fc
    .uniqueArray(someFamily, {
      minLength: 1,
      maxLength: 6,
      selector: ({ descriptor, scope }) => `${descriptor.name} ${scope.name}`,
    })
    .map((families) => families.sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1))),
});

const labelsOf = (attributes: Attributes): string =>
  Object.keys(attributes)
    .sort()
    .map((key) => `${key}=${typeof attributes[key] === 'string' ? attributes[key] : JSON.stringify(attributes[key])}`)
    .filter((label) => !label.endsWith('='))
    .join('\u0001');

interface Settings {
  namespace: string;
  timestamps: boolean;
  targetInfo: boolean;
  withoutScopeInfo?: boolean;
  resourceLabels?: RegExp;
}
const someSettings: fc.Arbitrary<Settings> = fc.record({
  namespace: fc.constantFrom('', 'ebpf_exporter'),
  timestamps: fc.boolean(),
  targetInfo: fc.boolean(),
});

function options({ namespace, timestamps, targetInfo, withoutScopeInfo, resourceLabels }: Settings): WriterOptions {
  return {
    namespace,
    targetInfo,
    sendTimestamps: timestamps,
    scopeInfo: withoutScopeInfo !== true,
    isLabel: (key) => resourceLabels?.test(key) ?? false,
    suffixes: true,
    constLabels: {},
    expirationMs: 0,
  };
}

function oraclePage(batch: MetricBatch, settings: Settings): string {
  const { namespace, timestamps, resourceLabels, targetInfo, withoutScopeInfo } = settings;
  const oracle = new PrometheusSerializer(namespace, timestamps, resourceLabels, !targetInfo, withoutScopeInfo);
  // Its page without a metric ends within a line, which the format forbids.
  const text = oracle.serialize(toResourceMetrics(batch)).replace(/# no registered metrics$/, '$&\n');
  return Buffer.from(text).toString();
}

const failing = { drop: assert.fail, differingHelp: (): void => {} };

function ownPage(writer: TextWriter, batch: MetricBatch): string {
  const page = new PageBuffer(1024);
  writer.write([batch], page, 'text');
  return page.page().toString();
}

const parameters = { seed: Number(process.env['ORACLE_SEED'] ?? 9435), numRuns: 200 };

it('equals PrometheusSerializer', () => {
  const property = fc.property(batches, someSettings, (batch, set) =>
    assert.equal(ownPage(new TextWriter(options(set), failing), batch), oraclePage(batch, set)),
  );
  fc.assert(property, parameters);
});

it('equals it with one writer over many scrapes, while attributes, rows and families change', () => {
  const set = { namespace: 'x', timestamps: true, targetInfo: true };
  const writer = new TextWriter(options(set), failing);
  let last: MetricBatch | undefined;
  const property = fc.property(batches, (batch) => {
    // Half of the families stay, with other rows in another order.
    const kept = (last?.families ?? []).filter((_, i) => i % 2 === 0);
    for (const family of kept) reshape(family);
    const others = batch.families.filter(
      ({ descriptor }) => !kept.some((family) => family.descriptor.name === descriptor.name),
    );
    const families = [...kept, ...others].sort((a, b) => (a.scope.name < b.scope.name ? -1 : 1));
    last = { ...batch, families };
    assert.equal(ownPage(writer, last), oraclePage(last, set));
  });
  fc.assert(property, { ...parameters, endOnFailure: true });
});

it('equals it without scope labels, and with resource attributes as labels', () => {
  const resource = { 'host.name': 'a"b', 'os.type': 'linux' };
  const property = fc.property(someFamily, someSettings, fc.boolean(), (one, set, withoutScopeInfo) => {
    const batch = { resource, timeUnixNano: 0n, families: [one] };
    const all = { ...set, withoutScopeInfo, resourceLabels: /^host/ };
    assert.equal(ownPage(new TextWriter(options(all), failing), batch), oraclePage(batch, all));
  });
  fc.assert(property, parameters);
});

/** Takes the first row out, turns the rest round, and changes one series' attributes. */
function reshape(family: MetricFamily): void {
  if (family.rows < 2) return;
  family.ids = family.ids.slice(1, family.rows).reverse();
  family.rows--;
  family.series.attributes[family.ids[0]] = { device: `other ${family.ids[0]}`, more: 'x' };
}
