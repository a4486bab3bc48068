import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { Processor, Settings, SpanData } from '../../src/component.ts';
import type { MetricFamily } from '../../src/metric-batch.ts';
import { SeriesTable } from '../../src/series-table.ts';
import { cgroup } from './index.ts';
import { CgroupProcessor } from './processor.ts';

const ID = 'a'.repeat(64);
const DOCKER = `/sys/fs/cgroup/docker/${ID}`;

function make(config: unknown = {}): Processor {
  const faults: string[] = [];
  const parsed = cgroup.config.parse(config, [], (path, message) => faults.push(`${path.join('::')}: ${message}`));
  assert.ok(parsed !== undefined, faults.join('\n'));
  return cgroup.create({} as Settings, parsed);
}

/** What series with these attributes have after the processor. */
function added(
  processor: Processor,
  ...attributes: (Attributes | null | undefined)[]
): (Attributes | null | undefined)[] {
  const series = new SeriesTable(1, []);
  series.begin();
  series.intern(Uint8Array.from(attributes.keys()), attributes.length, new Float64Array(attributes.length), 1);
  attributes.forEach((one, id) => (series.attributes[id] = one));
  const descriptor = { name: 'm', description: '', unit: '', valueType: ValueType.INT };
  const family: MetricFamily = {
    descriptor,
    kind: 'gauge',
    startTimeUnixNano: 0n,
    scope: { name: 'test' },
    source: 'test',
    series,
    bounds: new Float64Array(0),
    rows: attributes.length,
    ids: series.ids,
    values: new Float64Array(attributes.length),
  };
  processor.process({ resource: {}, timeUnixNano: 0n, families: [family] });
  return series.attributes;
}

it('adds after what is there, in a new object', () => {
  const before = { cgroup: DOCKER, op: 'read' };
  const [after] = added(make(), before);
  const all = { cgroup: DOCKER, op: 'read', 'container.id': ID, 'container.runtime.name': 'docker' };
  assert.equal(JSON.stringify(after), JSON.stringify(all));
  assert.deepEqual(before, { cgroup: DOCKER, op: 'read' });
});

const cases = [
  { name: 'no path', in: { op: 'read' }, out: { op: 'read' } },
  { name: 'left out', in: null, out: null },
  { name: 'not decoded', in: undefined, out: undefined },
  { name: 'a path that says nothing', in: { cgroup: '/' }, out: { cgroup: '/' } },
  { name: 'not text', in: { cgroup: 5 }, out: { cgroup: 5 } },
  {
    name: 'cgroup_path too',
    in: { cgroup_path: '/x.slice' },
    out: { cgroup_path: '/x.slice', 'systemd.slice': 'x.slice' },
  },
];
for (const { name, in: before, out } of cases) it(name, () => assert.deepEqual(added(make(), before)[0], out));

it('takes the attributes that it is told, and adds those that are enabled', () => {
  const processor = make({ from_attributes: ['slice'], attributes: { 'container.runtime.name': { enabled: false } } });
  assert.deepEqual(added(processor, { slice: DOCKER }, { cgroup: DOCKER }), [
    { slice: DOCKER, 'container.id': ID },
    { cgroup: DOCKER },
  ]);
});

it('adds to spans', () => {
  const span = { name: 'oom', traceId: '', spanId: '', startTimeUnixNano: 0n, endTimeUnixNano: 0n };
  const batch = {
    resource: {},
    scope: { name: 'test' },
    records: [],
    spans: [{ ...span, attributes: { cgroup: '/system.slice/a.service' } }],
  };
  make().processSpans?.(batch);
  assert.deepEqual(batch.spans[0].attributes, {
    cgroup: '/system.slice/a.service',
    'systemd.unit': 'a.service',
    'systemd.slice': 'system.slice',
  });
});

const spans = (from: number): SpanData[] =>
  Array.from({ length: 1000 }, (_, i) => ({
    name: '',
    traceId: '',
    spanId: '',
    startTimeUnixNano: 0n,
    endTimeUnixNano: 0n,
    attributes: { cgroup: `/churn/${from + i}.slice` },
  }));

it('keeps a bounded number of paths', () => {
  const parsed = cgroup.config.parse({}, [], () => {});
  assert.ok(parsed !== undefined);
  const processor = new CgroupProcessor(parsed);
  for (let from = 0; from < 100_000; from += 1000) {
    processor.processSpans({ resource: {}, scope: { name: 'test' }, records: [], spans: spans(from) });
    assert.ok(processor.paths <= 16_384, `${processor.paths} paths`);
  }
});

it('refuses attributes that it cannot give', () => {
  const faults: string[] = [];
  cgroup.config.parse({ attributes: { 'container.ids': {} } }, [], (_, message) => faults.push(message));
  assert.match(faults.join('\n'), /did you mean "container.id"/);
});
