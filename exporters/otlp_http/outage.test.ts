import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { ExporterHarness, until } from '../../test/support/exporter-harness.ts';
import { OtlpBackend, reply } from '../../test/support/otlp-backend.ts';
import { batch, failed, points, push } from '../../test/support/otlp-push.ts';
import { RandomBatches } from '../../test/support/random-batch.ts';
import { otlpHttp } from './index.ts';

/** A port that nobody listens on any more. */
async function closedPort(): Promise<string> {
  const backend = await OtlpBackend.start();
  await backend.stop();
  return backend.url;
}

describe('a backend that is away', () => {
  it('the queue fills to its size, the rest is counted', async () => {
    const config = { sending_queue: { queue_size: 3, num_consumers: 1 }, retry_on_failure: { initial_interval: '1m' } };
    const { harness, exporter } = await push(await closedPort(), { config, intervalMs: 5 });
    const lost = (): number => harness.own('otelcol_exporter_enqueue_failed_metric_points', 'queue_full');
    await until(() => lost() >= 5 * points);
    assert.equal(harness.own('otelcol_exporter_queue_size'), 3);
    assert.equal(harness.own('otelcol_exporter_queue_capacity'), 3);
    assert.equal(harness.own('otelcol_exporter_in_flight_requests'), 1);
    await exporter.shutdown?.();
    assert.equal(failed(harness), 3 * points);
    assert.equal(harness.own('otelcol_exporter_queue_size'), 0);
    const lines = harness.log.filter(({ attributes }) => attributes['error.type'] === 'queue_full');
    assert.equal(lines.length, 1, 'log lines are limited');
  });

  it('block_on_overflow: the next collection waits instead', async () => {
    let collected = 0;
    const config = { sending_queue: { queue_size: 1, num_consumers: 1, block_on_overflow: true } };
    const backend = await OtlpBackend.start();
    backend.fallback = reply(503);
    const { harness, exporter } = await push(backend.url, {
      config,
      intervalMs: 1,
      collect: () => (collected++, batch),
    });
    await backend.requests(5);
    assert.ok(collected <= 2, `${collected} collections`);
    backend.fallback = reply(200);
    await until(() => collected > 4);
    assert.equal(harness.own('otelcol_exporter_enqueue_failed_metric_points'), 0);
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('without a queue a collection waits for its result', async () => {
    let collected = 0;
    const backend = await OtlpBackend.start();
    backend.fallback = reply(503);
    const config = { sending_queue: { enabled: false } };
    const { exporter } = await push(backend.url, { config, intervalMs: 1, collect: () => (collected++, batch) });
    await backend.requests(5);
    assert.equal(collected, 1);
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('memory is bounded by 64 MiB of requests, however many fit the queue', async () => {
    const large = {
      ...new RandomBatches(2).family(0, 10),
      descriptor: { ...batch.families[0].descriptor, description: 'x'.repeat(4e6) },
    };
    const config = { compression: 'none', retry_on_failure: { initial_interval: '1m' } };
    const collect = (): MetricBatch => ({ ...batch, families: [large] });
    const { harness, exporter } = await push(await closedPort(), { config, intervalMs: 1, collect });
    await until(() => harness.own('otelcol_exporter_enqueue_failed_metric_points', 'queue_full') > 0);
    assert.equal(harness.own('otelcol_exporter_queue_size'), 16);
    await exporter.shutdown?.();
  });
});

describe('shutdown', () => {
  it('flush collects once more and sends what waits, without waiting for retries', async () => {
    const backend = await OtlpBackend.start([reply(503)]);
    let collected = 0;
    const config = { retry_on_failure: { initial_interval: '1m' } };
    const { exporter, harness, sent } = await push(backend.url, { config, collect: () => (collected++, batch) });
    await harness.logged('will be retried');
    await exporter.flush?.();
    assert.equal(collected, 2);
    assert.equal(backend.received.length, 3);
    assert.equal(sent(), 2 * points);
    await exporter.shutdown?.();
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('ends within its budget when the backend never answers, and counts', async () => {
    const backend = await OtlpBackend.start();
    backend.fallback = () => undefined;
    const { exporter, harness } = await push(backend.url);
    await backend.requests(1);
    const begin = performance.now();
    await exporter.flush?.();
    assert.ok(performance.now() - begin < 4500);
    await exporter.shutdown?.();
    assert.equal(failed(harness, 'shutdown'), 2 * points);
    await backend.stop();
  });

  it('is safe without start', async () => {
    const parsed = otlpHttp.config.parse({ endpoint: 'http://127.0.0.1:1' }, [], () => assert.fail());
    assert.ok(parsed);
    await otlpHttp.create(new ExporterHarness('otlp_http').settings, parsed).shutdown?.();
  });

  it('closes its connections', async () => {
    const backend = await OtlpBackend.start();
    const { exporter, sent } = await push(backend.url);
    await until(() => sent() === points);
    assert.equal(await backend.connections(), 1);
    await exporter.shutdown?.();
    while ((await backend.connections()) > 0) await new Promise(setImmediate);
    await backend.stop();
  });
});
