import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ExporterHarness, sourceOf, until } from '../test/support/exporter-harness.ts';
import type { MetricBatch } from './metric-batch.ts';
import type { BatchConsumer } from './push.ts';
import { PeriodicCollector } from './push.ts';

const batch: MetricBatch = { resource: {}, timeUnixNano: 0n, families: [] };

function start(consume: BatchConsumer, intervalMs: number, initialDelayMs = 0, collect = (): MetricBatch => batch) {
  const harness = new ExporterHarness('x');
  const source = { ...sourceOf(collect, intervalMs), initialDelayMs };
  const collector = new PeriodicCollector([source], consume, harness.settings.logger);
  collector.start();
  return { collector, harness };
}

describe('PeriodicCollector', () => {
  it('keeps its beat, whatever a collection takes', async () => {
    const at: number[] = [];
    const begin = performance.now();
    const { collector } = start(() => void at.push(performance.now() - begin), 20);
    await until(() => at.length >= 15);
    await collector.stop();
    // Without drift the nth comes at n intervals, or later when the machine was busy, but never earlier.
    at.forEach((time, n) => assert.ok(time >= n * 20 - 2, `${n}: ${time}`));
    const nearest = Math.min(...at.slice(5).map((time) => time % 20));
    assert.ok(nearest < 10, `${nearest} ms off the beat at best`);
  });

  it('waits for the consumer, leaves out what fell due meanwhile, and says so', async () => {
    let running = 0;
    let seen = 0;
    const consume = async (): Promise<void> => {
      assert.equal(++running, 1);
      await new Promise((resolve) => setTimeout(resolve, 35));
      running--;
      seen++;
    };
    const { collector, harness } = start(consume, 10);
    const { attributes } = await harness.logged('left out');
    assert.ok(Number(attributes.count) >= 2);
    await until(() => seen >= 2);
    await collector.stop();
    assert.equal(running, 0);
  });

  it('goes on after a source or a consumer that throws', async () => {
    let calls = 0;
    const collect = (): MetricBatch => {
      if (++calls === 1) throw new Error('source');
      return batch;
    };
    const { collector, harness } = start(
      () => (calls === 2 ? Promise.reject(new Error('consumer')) : undefined),
      5,
      0,
      collect,
    );
    await until(() => calls >= 3);
    await collector.stop();
    assert.equal(harness.log.filter(({ message }) => message === 'collection failed').length, 2);
  });

  it('collectNow comes after what is under way, also when stopped', async () => {
    const order: string[] = [];
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { collector } = start(async () => {
      order.push('begin');
      await gate;
      order.push('end');
    }, 60_000);
    await until(() => order.length === 1);
    const stopped = collector.stop();
    const now = collector.collectNow();
    open();
    await stopped;
    await now;
    assert.deepEqual(order, ['begin', 'end', 'begin', 'end']);
  });

  it('stopped before the initial delay: never collects', async () => {
    const { collector } = start(() => assert.fail('collected'), 10, 30);
    await collector.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
});
