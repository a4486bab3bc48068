import assert from 'node:assert/strict';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';

const count = 20;
const delayMs = 20;

interface Accepts {
  port: number;
  /** Of each connection the shortest and the longest that its wait can have been, in microseconds. */
  waits: [shortest: number, longest: number][];
}

hookTest('accept-latency', async (agent) => {
  const { result, change } = await agent.during(async () => runEvent<Accepts>('accepts', count, delayMs));
  const labels = { port: String(result.port) };
  const counted = change.of('accept_latency_seconds_count', labels);
  assert.equal(counted, count);
  const buckets = change.all('accept_latency_seconds_bucket').filter(({ labels: { port } }) => port === labels.port);
  assert.ok(buckets.length > 1);
  for (const { labels: bucket, by } of buckets) {
    const bound = Number(bucket['le'].replace('+Inf', 'Infinity')) * 1e6;
    const least = result.waits.filter(([, longest]) => longest <= bound).length;
    const most = result.waits.filter(([shortest]) => shortest <= bound).length;
    assertBetween(by, least, most, `connections that waited ${bound} us or less`);
  }
  const sum = (index: 0 | 1): number => result.waits.reduce((total, wait) => total + wait[index], 0) / 1e6;
  const seconds = change.of('accept_latency_seconds_sum', labels);
  assertBetween(seconds, sum(0), sum(1) + count / 1e6, 'seconds of waiting');
  return `${counted} accepts of ${count}, ${(seconds / count).toFixed(3)} s each`;
});
