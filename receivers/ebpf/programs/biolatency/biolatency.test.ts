import assert from 'node:assert/strict';
import { withDisk } from '../../../../test/kernel/disk.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';

const count = 300;

hookTest('biolatency', async (agent) =>
  withDisk(async ({ device, name }) => {
    const labels = { device: name, operation: 'write' };
    await runEvent('writes', device, 1);
    await agent.pageWith('bio_latency_seconds_count', labels);
    const event = async (): Promise<{ elapsed: number }> => runEvent('writes', device, count);
    const { result, change } = await agent.during(event);
    const counted = change.of('bio_latency_seconds_count', labels);
    assert.equal(counted, count);
    assert.equal(change.of('bio_latency_seconds_bucket', { ...labels, le: '+Inf' }), count);
    // One after the other: together they took no longer than the whole.
    const seconds = change.of('bio_latency_seconds_sum', labels);
    assertBetween(seconds, count / 1e6, result.elapsed / 1e6, 'seconds of writing');
    return `${counted} writes of ${count}`;
  }),
);
