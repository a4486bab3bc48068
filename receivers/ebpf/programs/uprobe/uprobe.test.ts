import assert from 'node:assert/strict';
import { withCgroup } from '../../../../test/kernel/cgroup.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { hookTest, total } from '../../../../test/kernel/hook.ts';

const count = 1234;

hookTest('uprobe', async (agent) =>
  withCgroup('mallocs', async ({ path }) => {
    await runEvent('mallocs', path, count);
    const page = await agent.pageWith('libc_malloc_calls_total', { cgroup: path });
    const counted = total(page, 'libc_malloc_calls_total', { cgroup: path });
    assert.equal(counted, count);
    return `${counted} mallocs of ${count}`;
  }),
);
