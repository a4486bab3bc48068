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
const values = fc.oneof(texts, fc.double(), fc.boolean(), fc.array(texts, { maxLength: 3 }), fc.array(fc.integer(), { maxLength: 2 }));
const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.constantFrom(...attributeKeys), { maxLength: 4 })
  .chain((keys) => fc.tuple(...keys.map((key) => fc.tuple(fc.constant(key), values))))
  .map((entries) => Object.fromEntries(entries));

const counts = fc.oneof(
  { weight: 4, arbitrary: fc.nat() },
  fc.maxSafeNat(),
  fc.constantFrom(0, 9, 10, 99, 100, 1e8, 1e8 - 1, 2 ** 32 - 1, 2 ** 32, 1e16, 2 ** 53, 2 ** 63, 99_999_999, 4e8, 1e15),
);
const numbers = fc.oneof(counts, fc.double(), fc.constantFrom(-0, -1, 0.1, 1e-7, 1e21, NaN, Infinity, -Infinity, -(2 ** 40)));
/** Bounds that Go and JavaScript spell alike. */
const bounds = fc.uniqueArray(fc.constantFrom(0.0001, 0.000128, 0.5, 1, 2.5, 50, 1024, 99_999.5, Infinity), { maxLength: 6 });

const family: fc.Arbitrary<MetricFamily> = fc
  .record({
    name: fc.constantFrom('requests', 'disk.io', 'a-b.c', 'Naïve', 'x9', 'some_seconds', 'done_total', 'tree'),
    kind: fc.constantFrom('counter' as const, 'gauge' as const, 'histogram' as const),
    description: fc.constantFrom('', 'Help', 'two\nlines \\ "quoted"', 'ünï'),
    scope: fc.constantFrom({ name: 'ebpf', version: '0.1.0' }, { name: 'a"b' }, { name: '' }),
    bounds,
    series: fc.uniqueArray(attributes, { minLength: 1, maxLength: 12, comparator: (a, b) => labelsOf(a) === labelsOf(b) }),
    pool: fc.array(numbers, { minLength: 5, maxLength: 40 }),
    positive: fc.array(counts, { minLength: 5, maxLength: 40 }),
  })
  .map(({ name, kind, description, scope, pool, positive, ...rest }) => {
    const upper = kind === 'histogram' ? Float64Array.from(rest.bounds.toSorted((a, b) => a - b)) : new Float64Array(0);
    const rows = rest.series.length;
    const series = new AttributeSeries();
    series.attributes.push(...rest.series);
    const unit = name.endsWith('_seconds') && kind === 'gauge' ? 's' : '';
    const width = kind === 'histogram' ? upper.length + 2 : 1;
    const from = kind === 'gauge' ? pool : positive;
    return {
      // One type for each name: what to show of two is decided differently.
      descriptor: { name: `${kind}_${name}`, description, unit, valueType: ValueType.DOUBLE },
      ...{ kind, scope, source: 'test', startTimeUnixNano: 0n, series, bounds: upper, rows },
      ids: Uint32Array.from({ length: rows }, (_, id) => id),
      values: Float64Array.from({ length: rows * width }, (_, i) => from[i % from.length]),
    };
  });

/** The same series twice is shown once by us and twice by the oracle: a name stands twice only with other scopes. */
const batch: fc.Arbitrary<MetricBatch> = fc.record({
  resource: attributes,
  timeUnixNano: fc.nat().map((ms) => (1_790_000_000_000n + BigInt(ms)) * 1_000_000n),
  // The oracle is given families by scope.
  families: fc
    .uniqueArray(family, { minLength: 1, maxLength: 6, selector: ({ descriptor, scope }) => `${descriptor.name} ${scope.name}` })
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
  scopeInfo: boolean;
  targetInfo: boolean;
  resourceLabels: RegExp | undefined;
}
const settings: fc.Arbitrary<Settings> = fc.record({
  namespace: fc.constantFrom('', 'ebpf_exporter'),
  timestamps: fc.boolean(),
  scopeInfo: fc.constant(true),
  targetInfo: fc.boolean(),
  resourceLabels: fc.constant(undefined),
});

function options({ namespace, timestamps, scopeInfo, targetInfo, resourceLabels }: Settings): WriterOptions {
  const isLabel = (key: string): boolean => resourceLabels?.test(key) ?? false;
  const fixed = { suffixes: true, constLabels: {}, expirationMs: 0 };
  return { ...fixed, namespace, scopeInfo, targetInfo, isLabel, sendTimestamps: timestamps };
}

const failing = { drop: assert.fail, differingHelp: (): void => {} };

function assertEqualsOracle(writer: TextWriter, all: MetricBatch, { namespace, timestamps, resourceLabels, ...rest }: Settings): void {
  const page = new PageBuffer();
  writer.write([all], page, 'text');
  const oracle = new PrometheusSerializer(namespace, timestamps, resourceLabels, !rest.targetInfo, !rest.scopeInfo);
  // Its page without a metric ends within a line, which the format forbids.
  const expected = oracle.serialize(toResourceMetrics(all)).replace(/# no registered metrics$/, '$&\n');
  assert.equal(page.page().toString(), Buffer.from(expected).toString());
}

it('equals PrometheusSerializer', () => {
  fc.assert(
    fc.property(batch, settings, (all, set) => assertEqualsOracle(new TextWriter(options(set), failing), all, set)),
    { seed: Number(process.env.ORACLE_SEED ?? 9435), numRuns: 500 },
  );
});
