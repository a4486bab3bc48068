import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricFamily } from './metric-batch.ts';
import { OwnTelemetry } from './telemetry.ts';

const family = (telemetry: OwnTelemetry, name: string): MetricFamily | undefined =>
  telemetry
    .source(1, 1)
    .collect()
    .families.find(({ descriptor }) => descriptor.name === name);
const shown = (telemetry: OwnTelemetry, name: string): unknown => {
  const found = family(telemetry, name);
  return (
    found &&
    Array.from({ length: found.rows }, (_, row) => [found.series.attributes[found.ids[row]], found.values[row]])
  );
};

test('counters add, gauges are set, each attribute set is a series', () => {
  const telemetry = new OwnTelemetry('normal', '1', {});
  const requests = telemetry.counter('otelcol_requests', 'Requests');
  for (let i = 0; i < 10; i++) requests.add(i, { code: String(i % 6) });
  telemetry.gauge('otelcol_size', 'Size').set(7);
  telemetry.gauge('otelcol_size', 'Size').set(9);
  assert.deepEqual(
    shown(telemetry, 'otelcol_requests'),
    [0, 1, 2, 3, 4, 5].map((code) => [{ code: String(code) }, code < 4 ? 2 * code + 6 : code]),
  );
  assert.deepEqual(shown(telemetry, 'otelcol_size'), [[{}, 9]]);
});

test('a metric without series is not shown', () => {
  const telemetry = new OwnTelemetry('normal', '1', {});
  const metric = telemetry.counter('otelcol_x', '');
  assert.equal(family(telemetry, 'otelcol_x'), undefined);
  metric.add(0);
  assert.equal(family(telemetry, 'otelcol_x')?.rows, 1);
  metric.delete({});
  metric.delete({ never: 'there' });
  assert.equal(family(telemetry, 'otelcol_x'), undefined);
  metric.add(3, { a: 'b' });
  assert.deepEqual(shown(telemetry, 'otelcol_x'), [[{ a: 'b' }, 3]]);
});

test('a series that is deleted takes no other with it', () => {
  const telemetry = new OwnTelemetry('normal', '1', {});
  const metric = telemetry.gauge('otelcol_x', '');
  for (const [i, name] of ['a', 'b', 'c', 'd'].entries()) metric.set(i, { name });
  metric.delete({ name: 'b' });
  metric.delete({ name: 'd' });
  metric.set(9, { name: 'c' });
  metric.add(5, { name: 'b' });
  assert.deepEqual(shown(telemetry, 'otelcol_x'), [
    [{ name: 'a' }, 0],
    [{ name: 'c' }, 9],
    [{ name: 'b' }, 5],
  ]);
});

test('level none leaves out otelcol_ and keeps what is said of programs', () => {
  const telemetry = new OwnTelemetry('none', '1', {});
  telemetry.counter('otelcol_x', '').add(1);
  telemetry.gauge('enabled_configs', '').set(1, { name: 'timers' });
  const { families } = telemetry.source(1, 1).collect();
  assert.deepEqual(
    families.map(({ descriptor }) => descriptor.name),
    ['enabled_configs'],
  );
});

test('gauges that are cheaper to read than to keep are set when collected', () => {
  const telemetry = new OwnTelemetry('normal', '1', {});
  let reads = 0;
  const gauge = telemetry.gauge('otelcol_reads', '');
  telemetry.onCollect(() => gauge.set(++reads));
  assert.equal(reads, 0);
  assert.deepEqual(shown(telemetry, 'otelcol_reads'), [[{}, 1]]);
});
