import assert from 'node:assert/strict';
import { runEvent } from '../../../../test/kernel/events.ts';
import { hookTest } from '../../../../test/kernel/hook.ts';

const count = 777;
const labels = { module: '/some/where/shop.py', function: 'buy' };

// The event program is the first python3 in the agent's PATH: the same on machines whose Python has no such probe.
hookTest('usdt', async (agent) => {
  const event = async (): Promise<{ fired: number }> => runEvent('python3', labels.module, labels.function, count);
  const { result, change } = await agent.during(event);
  assert.equal(result.fired, count, 'the semaphore of the probe is off');
  const counted = change.of('python_function_entries_total', labels);
  assert.equal(counted, count);
  return `${counted} probes of ${count}`;
});
