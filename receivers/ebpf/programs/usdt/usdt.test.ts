import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { eventProgram, runEvent } from '../../../../test/kernel/events.ts';
import { hookTest } from '../../../../test/kernel/hook.ts';

const count = 777;
const labels = { module: '/some/where/shop.py', function: 'buy' };

// A python3 of our own, first in the agent's PATH: the same on machines whose Python has no such probe.
const env = async (): Promise<Record<string, string>> => ({
  PATH: `${dirname(await eventProgram('python3'))}:${process.env['PATH'] ?? ''}`,
});

hookTest(
  'usdt',
  async (agent) => {
    const event = async (): Promise<{ fired: number }> => runEvent('python3', labels.module, labels.function, count);
    const { result, change } = await agent.during(event);
    assert.equal(result.fired, count, 'the semaphore of the probe is off');
    const counted = change.of('python_function_entries_total', labels);
    assert.equal(counted, count);
    return `${counted} probes of ${count}`;
  },
  { env },
);
