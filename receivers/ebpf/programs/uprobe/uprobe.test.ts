import assert from 'node:assert/strict';
import { withCgroup } from '../../../../test/kernel/cgroup.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { hookTest } from '../../../../test/kernel/hook.ts';

const count = 1234;

hookTest('uprobe', async (agent) =>
  withCgroup('mallocs', async ({ path }) => {
    const { change } = await agent.during(async () => runEvent('mallocs', path, count));
    const counted = change.of('libc_malloc_calls_total', { cgroup: path });
    assert.equal(counted, count);
    return `${counted} mallocs of ${count}`;
  }),
);
