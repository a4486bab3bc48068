import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import type { SpanBatch } from '../../src/component.ts';
import type { MetricBatch, MetricFamily } from '../../src/metric-batch.ts';
import { AttributeSeries } from '../../src/series-table.ts';
import { ExporterHarness, sourceOf, until } from '../../test/support/exporter-harness.ts';
import { fixed, integer, shortest, timestamp, typed } from './go-format.ts';
import { debug } from './index.ts';
import { Sampler } from './sampler.ts';

function family(
  kind: MetricFamily['kind'],
  bounds: number[],
  attributes: Record<string, string>[],
  values: number[],
): MetricFamily {
  const series = new AttributeSeries();
  series.attributes.push(...attributes);
  const rows = attributes.length;
  return {
    descriptor: {
      name: `a_${kind}`,
      description: 'Help',
      unit: 's',
      valueType: kind === 'gauge' ? ValueType.DOUBLE : ValueType.INT,
    },
    kind,
    startTimeUnixNano: 1_767_323_045_000_000_000n,
    scope: { name: 'ebpf/test', version: '1' },
    source: 'test',
    series,
    bounds: Float64Array.from(bounds),
    rows,
    ids: Uint32Array.from({ length: rows }, (_, row) => row),
    values: Float64Array.from(values),
  };
}

const batch: MetricBatch = {
  resource: { 'service.name': 'agent', 'process.pid': 7 },
  timeUnixNano: 1_767_323_045_000_000_600n,
  families: [
    family('counter', [], [{ cpu: '0' }, { cpu: '1', mode: 'a b' }], [3, 4]),
    family('gauge', [], [{}], [0.00001]),
    family('histogram', [0.5, 1], [{ device: 'sda' }], [1, 2, 3, 4.25]),
    family('counter', [], [], []),
  ],
};
const spans: SpanBatch = {
  resource: { 'service.name': 'agent' },
  scope: { name: 'ebpf/exec' },
  records: [],
  spans: [
    {
      name: 'exec',
      traceId: '0102030405060708090a0b0c0d0e0f10',
      spanId: '1112131415161718',
      startTimeUnixNano: 1_767_323_045_000_000_000n,
      endTimeUnixNano: 1_767_323_046_500_000_000n,
      attributes: { pid: '12' },
      service: 'shop',
    },
  ],
};

/** Runs an exporter over `of` with a file to print to. */
async function printed(config: Record<string, unknown>, of: MetricBatch | SpanBatch): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'debug-'));
  const path = join(folder, 'out');
  const harness = new ExporterHarness('debug');
  const given = { ...config, use_internal_logger: false, output_paths: [path] };
  const parsed = debug.config.parse(given, [], (at, message) => assert.fail(`${at.join()}: ${message}`));
  assert.ok(parsed);
  const exporter = debug.create(harness.settings, parsed);
  if ('families' in of) exporter.connect?.([sourceOf(() => of)]);
  await exporter.start?.();
  if ('spans' in of) exporter.consumeSpans?.(of);
  await until(() => readFileSync(path, 'utf8') !== '');
  await exporter.shutdown?.();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  rmSync(folder, { recursive: true });
  assert.deepEqual(harness.log, []);
  return lines.map((line) => line.replace(/^20\d\d-\S+Z\tinfo\t/, ''));
}

const summary = ['Metrics\t{"resource metrics":1,"metrics":3,"data points":4}'];

const descriptor = (name: string, type: string): string[] => [
  'Descriptor:',
  `     -> Name: ${name}`,
  '     -> Description: Help',
  '     -> Unit: s',
  `     -> DataType: ${type}`,
];

describe('metrics', () => {
  it('basic', async () => assert.deepEqual(await printed({}, batch), summary));

  it('normal: a line a point', async () => {
    assert.deepEqual(await printed({ verbosity: 'normal' }, batch), [
      ...summary,
      'ResourceMetrics #0 service.name=agent process.pid=7',
      'ScopeMetrics #0 ebpf/test@1',
      'a_counter{cpu=0} 3',
      'a_counter{cpu=1,mode=a b} 4',
      'a_gauge{} 1e-05',
      'a_histogram{device=sda} count=6 sum=4.25 le0.5=1 le1=2 3',
    ]);
  });

  it('detailed: all there is', async () => {
    const times = ['StartTimestamp: 2026-01-02 03:04:05 +0000 UTC', 'Timestamp: 2026-01-02 03:04:05.0000006 +0000 UTC'];
    const cumulative = '     -> AggregationTemporality: Cumulative';
    assert.deepEqual(await printed({ verbosity: 'detailed' }, batch), [
      ...summary,
      'ResourceMetrics #0',
      'Resource SchemaURL: ',
      'Resource attributes:',
      '     -> service.name: Str(agent)',
      '     -> process.pid: Int(7)',
      'ScopeMetrics #0',
      'ScopeMetrics SchemaURL: ',
      'InstrumentationScope ebpf/test 1',
      'Metric #0',
      ...descriptor('a_counter', 'Sum'),
      '     -> IsMonotonic: true',
      cumulative,
      'NumberDataPoints #0',
      'Data point attributes:',
      '     -> cpu: Str(0)',
      ...times,
      'Value: 3',
      'NumberDataPoints #1',
      'Data point attributes:',
      '     -> cpu: Str(1)',
      '     -> mode: Str(a b)',
      ...times,
      'Value: 4',
      'Metric #1',
      ...descriptor('a_gauge', 'Gauge'),
      'NumberDataPoints #0',
      ...times,
      'Value: 0.000010',
      'Metric #2',
      ...descriptor('a_histogram', 'Histogram'),
      cumulative,
      'HistogramDataPoints #0',
      'Data point attributes:',
      '     -> device: Str(sda)',
      ...times,
      'Count: 6',
      'Sum: 4.250000',
      'ExplicitBounds #0: 0.500000',
      'ExplicitBounds #1: 1.000000',
      'Buckets #0, Count: 1',
      'Buckets #1, Count: 2',
      'Buckets #2, Count: 3',
    ]);
  });

  it('a large batch comes in parts of 1000 points', async () => {
    const attributes = Array.from({ length: 2500 }, (_, n) => ({ n: String(n) }));
    const large = {
      ...batch,
      families: [
        family(
          'counter',
          [],
          attributes,
          attributes.map((_, n) => n),
        ),
      ],
    };
    const lines = await printed({ verbosity: 'normal' }, large);
    assert.equal(lines.filter((line) => line.startsWith('ResourceMetrics')).length, 3);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('a_')),
      attributes.map(({ n }) => `a_counter{n=${n}} ${n}`),
    );
  });

  it("counts go to the agent's log, at once more at flush", async () => {
    const harness = new ExporterHarness('debug');
    const config = debug.config.parse({}, [], () => assert.fail());
    assert.ok(config);
    const exporter = debug.create(harness.settings, config);
    exporter.connect?.([{ ...sourceOf(() => batch), initialDelayMs: 60_000 }]);
    await exporter.start?.();
    await exporter.flush?.();
    await exporter.shutdown?.();
    const attributes = { 'resource metrics': 1, metrics: 3, 'data points': 4 };
    assert.deepEqual(harness.log, [{ level: 'info', message: 'Metrics', attributes }]);
    assert.equal(harness.own('otelcol_exporter_sent_metric_points'), 4);
  });
});

describe('spans', () => {
  const head = ['Traces\t{"resource spans":1,"spans":1}'];
  const cases = [
    { verbosity: 'basic', out: [] },
    { verbosity: 'normal', out: ['exec 0102030405060708090a0b0c0d0e0f10 1112131415161718 pid=12'] },
    {
      verbosity: 'detailed',
      out: [
        'ResourceSpans #0',
        'Resource SchemaURL: ',
        'Resource attributes:',
        '     -> service.name: Str(shop)',
        'ScopeSpans #0',
        'ScopeSpans SchemaURL: ',
        'InstrumentationScope ebpf/exec ',
        'Span #0',
        '    Trace ID       : 0102030405060708090a0b0c0d0e0f10',
        '    Parent ID      : ',
        '    ID             : 1112131415161718',
        '    Name           : exec',
        '    Kind           : Internal',
        '    Start time     : 2026-01-02 03:04:05 +0000 UTC',
        '    End time       : 2026-01-02 03:04:06.5 +0000 UTC',
        '    Status code    : Unset',
        '    Status message : ',
        'Attributes:',
        '     -> pid: Str(12)',
      ],
    },
  ];
  for (const { verbosity, out } of cases) {
    it(verbosity, async () => assert.deepEqual(await printed({ verbosity }, spans), [...head, ...out]));
  }
});

describe('sampling', () => {
  const cases = [
    { name: 'all', initial: 2, thereafter: 1, out: '111111 111111' },
    { name: 'the first two of a second', initial: 2, thereafter: 0, out: '110000 110000' },
    { name: 'and each third after', initial: 1, thereafter: 3, out: '100100 100100' },
  ];
  for (const { name, initial, thereafter, out } of cases) {
    it(name, () => {
      let now = 0;
      const sampler = new Sampler(initial, thereafter, () => now);
      const six = (): string => Array.from({ length: 6 }, () => (sampler.take() ? '1' : '0')).join('');
      const first = six();
      now += 1000;
      assert.equal(`${first} ${six()}`, out);
    });
  }
});

describe("formats are Go's", () => {
  const cases: [string, string, string][] = [
    ['%f', fixed(0.1), '0.100000'],
    ['%f large', fixed(1e22), '10000000000000000000000.000000'],
    ['%f NaN', fixed(NaN), 'NaN'],
    ['%v small', shortest(0.0001), '0.0001'],
    ['%v smaller', shortest(0.00001234), '1.234e-05'],
    ['%v large', shortest(1e21), '1e+21'],
    ['%v below', shortest(123456789012), '123456789012'],
    ['%v infinite', shortest(-Infinity), '-Inf'],
    ['%d beyond 2^53', integer(2 ** 63), '9223372036854775808'],
    ['time', timestamp([0, 1]), '1970-01-01 00:00:00.000000001 +0000 UTC'],
    ['control characters', typed('a\nb\u001b[m\u0085\u2028\t"é'), 'Str(a\\nb\\u001b[m\\u0085\\u2028\\t"é)'],
    ['Bool', typed(true), 'Bool(true)'],
    ['Double', typed(1.5), 'Double(1.5)'],
    ['Slice', typed(['a', 1]), 'Slice(["a",1])'],
    ['Map', typed({ a: 1 }), 'Map({"a":1})'],
    ['Bytes', typed(Uint8Array.of(1)), 'Bytes(AQ==)'],
    ['Empty', typed(null), 'Empty()'],
  ];
  for (const [name, found, expected] of cases) it(name, () => assert.equal(found, expected));
});

it('output_paths without use_internal_logger: false is refused', () => {
  const faults: string[] = [];
  debug.config.parse({ output_paths: ['stderr'] }, [], (path, message) => faults.push(`${path.join()}: ${message}`));
  assert.deepEqual(faults, ['output_paths: is used only with "use_internal_logger: false"']);
});
