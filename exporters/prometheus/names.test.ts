import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import { labelName, metricName, unitOfName } from './names.ts';

describe('metric names', () => {
  const cases: {
    kind: 'counter' | 'gauge' | 'histogram';
    name: string;
    unit?: string;
    with?: string;
    without?: string;
  }[] = [
    { kind: 'counter', name: 'timer_starts_total', with: 'timer_starts_total', without: 'timer_starts_total' },
    {
      kind: 'counter',
      name: 'bpf_jit_pages_currently_allocated',
      with: 'bpf_jit_pages_currently_allocated_total',
      without: 'bpf_jit_pages_currently_allocated',
    },
    { kind: 'counter', name: 'disk.io', unit: 'By', with: 'disk_io_bytes_total', without: 'disk_io' },
    { kind: 'counter', name: 'read_total', unit: 'By', with: 'read_bytes_total', without: 'read_total' },
    { kind: 'counter', name: 'faults', unit: '{fault}', with: 'faults_total', without: 'faults' },
    {
      kind: 'histogram',
      name: 'bio_latency_seconds',
      unit: 's',
      with: 'bio_latency_seconds',
      without: 'bio_latency_seconds',
    },
    { kind: 'histogram', name: 'latency', unit: 'ms', with: 'latency_milliseconds', without: 'latency' },
    { kind: 'gauge', name: 'use', unit: '1', with: 'use_ratio', without: 'use' },
    { kind: 'counter', name: 'hits', unit: '1', with: 'hits_total', without: 'hits' },
    { kind: 'gauge', name: 'speed', unit: 'By/s', with: 'speed_bytes_per_second', without: 'speed' },
    { kind: 'gauge', name: 'speed', unit: '{packet}/s', with: 'speed_per_second', without: 'speed' },
    { kind: 'gauge', name: 'bytes_in_use', unit: 'By', with: 'bytes_in_use', without: 'bytes_in_use' },
    { kind: 'gauge', name: 'a__b:c', with: 'a__b:c', without: 'a__b:c' },
    { kind: 'gauge', name: 'a.-b', with: 'a_b', without: 'a_b' },
    { kind: 'gauge', name: '9lives', with: '_9lives', without: '_9lives' },
    { kind: 'gauge', name: '__', with: '__', without: '__' },
    { kind: 'gauge', name: '..' },
    { kind: 'gauge', name: '' },
  ];
  for (const { kind, name, unit = '', ...out } of cases) {
    it(`${kind} ${JSON.stringify(name)} ${unit}`, () => {
      const family = {
        kind,
        scope: { name: 'x' },
        descriptor: { name, description: '', unit, valueType: ValueType.INT },
      };
      assert.equal(metricName(family, { namespace: '', suffixes: true }), out.with);
      assert.equal(metricName(family, { namespace: '', suffixes: false }), out.without);
      if (out.without === undefined || name === '9lives') return;
      assert.equal(metricName(family, { namespace: 'ebpf_exporter', suffixes: false }), `ebpf_exporter_${out.without}`);
    });
  }

  it("the agent's own stay whole", () => {
    const descriptor = { name: 'otelcol_process_uptime', description: '', unit: 's', valueType: ValueType.DOUBLE };
    const family = { kind: 'counter' as const, scope: { name: 'ebpf-otel-agent' }, descriptor };
    assert.equal(metricName(family, { namespace: 'ebpf_exporter', suffixes: true }), 'otelcol_process_uptime');
    const builtIn = { ...family, scope: { name: 'ebpf-otel-agent/programs' } };
    assert.equal(metricName(builtIn, { namespace: 'x', suffixes: false }), 'x_otelcol_process_uptime');
  });
});

describe('label names', () => {
  const cases = {
    cpu: 'cpu',
    a__b: 'a__b',
    'host.name': 'host_name',
    'a.-b': 'a_b',
    '0': '_0',
    größe: 'gr_e',
    '': '_',
    'a:b': 'a_b',
  };
  for (const [name, expected] of Object.entries(cases))
    it(JSON.stringify(name), () => assert.equal(labelName(name), expected));
});

it('an OpenMetrics unit is one that the name ends in', () => {
  assert.equal(unitOfName('bio_latency_seconds', 's'), 'seconds');
  assert.equal(unitOfName('seconds', 's'), '');
  assert.equal(unitOfName('bio_latency', 's'), '');
  assert.equal(unitOfName('speed_bytes_per_second', 'By/s'), 'bytes_per_second');
  assert.equal(unitOfName('x_', ''), '');
});
