import assert from 'node:assert/strict';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';

/** The last ACK of connection i, from 0, finds i in the queue. */
const count = 120;
/** What other listeners of this machine, whose queues are short, may add to the lowest buckets. */
const others = 60;

const expected = [
  { le: '0', connections: 1, noise: others },
  { le: '50', connections: 51, noise: others },
  { le: '100', connections: 101, noise: others },
  { le: '150', connections: count, noise: others },
  { le: '+Inf', connections: count, noise: others },
];

hookTest('tcp-syn-backlog', async (agent) => {
  const { change } = await agent.during(async () => runEvent('backlog', count));
  const upTo = (le: string): number => change.of('tcp_syn_backlog_bucket', { le });
  for (const { le, connections, noise } of expected) {
    assertBetween(upTo(le), connections, connections + noise, `connections that found ${le} or fewer`);
  }
  // Nobody else's queue is that long.
  assert.deepEqual([upTo('100') - upTo('50'), upTo('150') - upTo('100')], [50, count - 101]);
  const sum = (count * (count - 1)) / 2;
  assertBetween(change.of('tcp_syn_backlog_sum'), sum - 100, sum + 100 + others, 'connections found in all');
  return `${upTo('+Inf')} connections of ${count}, ${upTo('150') - upTo('50')} behind more than 50`;
});
