import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { withDisk } from '../../../../test/kernel/disk.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';
import { countUnseen } from '../../../../test/kernel/unseen-events.ts';

const count = 300;

/** For ftrace, which knows a device by the kernel's own number. */
async function completionsOf(name: string): Promise<string> {
  const [major, minor] = (await readFile(`/sys/class/block/${name}/dev`, 'utf8')).split(':').map(Number);
  return `dev == ${(major << 20) | minor} && nr_sector > 0`;
}

hookTest('biolatency', async (agent) =>
  withDisk(async ({ device, name }) => {
    const labels = { device: name, operation: 'write' };
    await runEvent('writes', device, 1);
    await agent.pageWith('bio_latency_seconds_count', labels);
    const event = async (): Promise<{ elapsed: number }> => runEvent('writes', device, count);
    const { result: seen, unseen } = await countUnseen('block/block_rq_complete', await completionsOf(name), async () =>
      agent.during(event),
    );
    const { result, change } = seen;
    const counted = change.of('bio_latency_seconds_count', labels);
    assertBetween(counted, count - unseen, count, 'writes');
    assert.equal(change.of('bio_latency_seconds_bucket', { ...labels, le: '+Inf' }), counted);
    // One after the other: together they took no longer than the whole.
    const seconds = change.of('bio_latency_seconds_sum', labels);
    assertBetween(seconds, counted / 1e6, result.elapsed / 1e6, 'seconds of writing');
    return `${counted} writes of ${count}`;
  }),
);
