import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { MetricFamily } from '../../src/metric-batch.ts';
import { parsePage } from '../../test/support/page.ts';
import type { WriterOptions } from './text-writer.ts';
import { family, WriterHarness } from './writer-harness.ts';

const harness = (options: Partial<WriterOptions> = {}): WriterHarness => new WriterHarness(options, parsePage);

describe('bounds are spelled as Go does', () => {
  const histogram = family('h', [[{ a: 'x' }, [1, 2, 3, 4, 0.5]]], { kind: 'histogram', bounds: [1e-6, 1, 1048576] });
  it('in the text format', () => {
    assert.deepEqual(harness().samples(histogram), [
      'h_count{a="x"} 10',
      'h_sum{a="x"} 0.5',
      'h_bucket{a="x",le="1e-06"} 1',
      'h_bucket{a="x",le="1"} 3',
      'h_bucket{a="x",le="1.048576e+06"} 6',
      'h_bucket{a="x",le="+Inf"} 10',
    ]);
  });
  it('in OpenMetrics, with buckets first', () => {
    assert.equal(
      harness().page([histogram], 'openmetrics'),
      `# HELP h Help
# TYPE h histogram
h_bucket{a="x",le="1e-06"} 1
h_bucket{a="x",le="1.0"} 3
h_bucket{a="x",le="1.048576e+06"} 6
h_bucket{a="x",le="+Inf"} 10
h_count{a="x"} 10
h_sum{a="x"} 0.5
# EOF
`,
    );
  });
});

/** Names and types of families on the page. */
function openMetricsNames(...given: [string, MetricFamily['kind']][]): string[] {
  const families = given.map(([name, kind]) => family(name, [[{}, 1]], { kind }));
  const page = harness({ targetInfo: true }).page(families, 'openmetrics');
  return Array.from(page.matchAll(/^# TYPE (\S+ \S+)$/gm), ([, type]) => type);
}

describe('OpenMetrics', () => {
  it('names counters without _total, and keeps the names of samples', () => {
    const writer = harness({ targetInfo: true });
    writer.resource = { 'service.name': 'a', 'host.name': 'b' };
    const page = writer.page(
      [
        family('x_seconds_total', [[{}, 1]], { unit: 's', help: 'say "x"\\\n' }),
        family('plain', [[{}, 2]]),
        family('y', [[{}, 3]], { kind: 'gauge' }),
        family('y_total', [[{}, 4]]),
      ],
      'openmetrics',
    );
    assert.equal(
      page,
      `# HELP target Target metadata
# TYPE target info
target_info{service_name="a",host_name="b",job="a"} 1
# HELP x_seconds say \\"x\\"\\\\\\n
# TYPE x_seconds counter
# UNIT x_seconds seconds
x_seconds_total 1
# HELP plain Help
# TYPE plain unknown
plain 2
# HELP y Help
# TYPE y gauge
y 3
# HELP y_total Help
# TYPE y_total unknown
y_total 4
# EOF
`,
    );
  });
  it('never names two families alike', () => {
    assert.deepEqual(openMetricsNames(['y_total', 'counter'], ['y', 'gauge']), [
      'target info',
      'y_total unknown',
      'y gauge',
    ]);
    assert.deepEqual(openMetricsNames(['y_total', 'counter'], ['y', 'counter']), [
      'target info',
      'y_total unknown',
      'y unknown',
    ]);
    assert.deepEqual(openMetricsNames(['target', 'gauge']), ['target_info gauge', 'target gauge']);
    assert.deepEqual(openMetricsNames(['target_total', 'counter']), ['target info', 'target_total unknown']);
  });
  it('has timestamps in seconds', () => {
    const writer = harness({ sendTimestamps: true });
    assert.match(writer.page([family('a', [[{}, 1]])], 'openmetrics'), /^a 1 1790000000\.123$/m);
    assert.match(writer.page([family('a', [[{}, 1]])]), /^a 1 1790000000123$/m);
  });
  it('is nothing but its end without metrics', () => assert.equal(harness().page([], 'openmetrics'), '# EOF\n'));
});

describe('labels', () => {
  const cases: {
    title: string;
    attributes: Attributes;
    options?: Partial<WriterOptions>;
    kind?: 'histogram';
    out: string;
  }[] = [
    { title: 'valid names stay', attributes: { a__b: '1', _c: '2' }, out: 'm{a__b="1",_c="2"} 1' },
    {
      title: 'names that become equal are joined',
      attributes: { 'x.y': 'b', z: '', 'x-y': 'a' },
      out: 'm{x_y="a;b",z=""} 1',
    },
    {
      title: 'const_labels come last, and rename a label of the same name',
      attributes: { host: 'a', exported_host: 'b' },
      options: { constLabels: { host: 'h' } },
      out: 'm{exported_exported_host="a",exported_host="b",host="h"} 1',
    },
    {
      title: 'scope and resource stand behind the series',
      attributes: { a: 'x' },
      options: { scopeInfo: true, isLabel: (key) => key === 'host.name' },
      out: 'm{a="x",otel_scope_name="test",host_name="n"} 1',
    },
    { title: 'bare', attributes: {}, options: { scopeInfo: true }, out: 'm{otel_scope_name="test"} 1' },
    {
      title: 'values JSON lacks',
      attributes: { a: 1n, b: Symbol.iterator },
      out: 'm{a="unserializable bigint",b=""} 1',
    },
  ];
  for (const { title, attributes, options, out } of cases) {
    it(title, () => {
      const writer = harness(options);
      writer.resource = { 'host.name': 'n', 'os.type': 'linux' };
      assert.deepEqual(writer.samples(family('m', [[attributes, 1]])), [out]);
      assert.deepEqual(writer.losses, []);
    });
  }
  it('a label le of a histogram is renamed', () => {
    const [first] = harness().samples(family('m', [[{ le: 'x' }, [1, 1]]], { kind: 'histogram' }));
    assert.equal(first, 'm_count{exported_le="x"} 1');
  });
  it('follow a resource that changes', () => {
    const writer = harness({ isLabel: () => true });
    const one = family('m', [[{ a: 'x', pod: 'p' }, 1]]);
    assert.deepEqual(writer.samples(one), ['m{a="x",pod="p"} 1']);
    writer.resource = { host: 'h' };
    assert.deepEqual(writer.samples(one), ['m{a="x",pod="p",host="h"} 1']);
    writer.resource = { host: 'i', pod: 'q' };
    assert.deepEqual(writer.samples(one), ['m{a="x",exported_pod="p",host="i",pod="q"} 1']);
  });
});

describe('families of one name are one', () => {
  it('with one TYPE and the first HELP', () => {
    const writer = harness();
    const page = writer.page([
      family('m', [[{ a: 'x' }, 1]]),
      family('n', [[{}, 3]]),
      family('m', [[{ a: 'y' }, 2]], { help: 'Other' }),
    ]);
    assert.equal(
      page,
      '# HELP m Help\n# TYPE m untyped\nm{a="x"} 1\nm{a="y"} 2\n# HELP n Help\n# TYPE n untyped\nn 3\n',
    );
    assert.deepEqual(writer.losses, ['help m']);
  });
  it('the second of another type is left out', () => {
    const writer = harness();
    assert.deepEqual(writer.samples(family('m', [[{}, 1]]), family('m', [[{ a: 'y' }, 2]], { kind: 'gauge' })), [
      'm 1',
    ]);
    assert.deepEqual(writer.losses, ['type_conflict 1 m']);
  });
  it('so is one whose name is that of a histogram sample, or target_info', () => {
    const writer = harness({ targetInfo: true });
    const families = [
      family('h', [[{}, [1, 1]]], { kind: 'histogram' }),
      family('h_count', [[{}, 1]]),
      family('target_info', [[{}, 1]]),
    ];
    assert.deepEqual(writer.samples(...families), ['target_info 1', 'h_count 1', 'h_sum 1', 'h_bucket{le="+Inf"} 1']);
    assert.deepEqual(writer.losses, ['name_conflict 1 h_count', 'name_conflict 1 target_info']);
  });
  it('equal series are shown once, whatever the order of labels, at each scrape', () => {
    const writer = harness();
    const first = family('m', [[{ a: 'x', b: 'y' }, 1]]);
    const second = family('m', [
      [{ c: '', b: 'y', a: 'x' }, 2],
      [{ a: 'z' }, 3],
    ]);
    for (let scrape = 1; scrape < 4; scrape++) {
      assert.deepEqual(writer.samples(first, second), ['m{a="x",b="y"} 1', 'm{a="z"} 3']);
      assert.equal(writer.losses.length, scrape);
    }
    assert.equal(writer.losses[0], 'duplicate_series 1 m');
    first.rows = 0;
    assert.deepEqual(writer.samples(first, second), ['m{c="",b="y",a="x"} 2', 'm{a="z"} 3']);
  });
  it('also within one family, where other attributes give the same labels', () => {
    const writer = harness();
    const one = family('m', [
      [{ 'a.b': 'x' }, 1],
      [{ a_b: 'x' }, 2],
      [{ a_b: 1 }, 3],
      [{ a_b: '1' }, 4],
      [{ a_b: '1', c: '' }, 5],
    ]);
    assert.deepEqual(writer.samples(one), ['m{a_b="x"} 1', 'm{a_b="1"} 3']);
    assert.deepEqual(writer.losses, ['duplicate_series 3 m']);
  });
  it('but not where scopes tell them apart', () => {
    const writer = harness({ scopeInfo: true });
    const samples = writer.samples(family('m', [[{}, 1]], { scope: 'a' }), family('m', [[{}, 2]], { scope: 'b' }));
    assert.deepEqual(samples, ['m{otel_scope_name="a"} 1', 'm{otel_scope_name="b"} 2']);
  });
  it('a name of which nothing is left is counted', () => {
    const writer = harness();
    assert.equal(writer.page([family('..', [[{}, 1]])]), '# no registered metrics\n');
    assert.deepEqual(writer.losses, ['invalid_name 1 ..']);
  });
});

describe('target_info', () => {
  it('is one series for all pipelines of one service', () => {
    const writer = harness({ targetInfo: true });
    const service = { 'service.name': 's', 'service.namespace': 'n', 'service.instance.id': 'i' };
    writer.resource = { ...service, 'host.name': 'h' };
    const page = writer.page([], 'text', [{ ...service, 'os.type': 'linux' }, { 'service.name': 'other' }]);
    const labels = 'service_name="s",service_namespace="n",service_instance_id="i",host_name="h",os_type="linux"';
    assert.equal(
      page,
      `# HELP target_info Target metadata
# TYPE target_info gauge
target_info{${labels},job="n/s",instance="i"} 1
target_info{service_name="other",job="other"} 1
# no registered metrics
`,
    );
  });
});
