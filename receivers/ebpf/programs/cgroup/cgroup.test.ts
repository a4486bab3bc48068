import assert from 'node:assert/strict';
import { withCgroup } from '../../../../test/kernel/cgroup.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { hookTest, total } from '../../../../test/kernel/hook.ts';

const count = 200;

hookTest('cgroup', async (agent) =>
  withCgroup('migrations', async ({ path }) => {
    await runEvent('migrate', path, count);
    const page = await agent.pageWith('cgroup_sched_migrations_total', { cgroup: path });
    const counted = total(page, 'cgroup_sched_migrations_total', { cgroup: path });
    assert.equal(counted, count);
    return `${counted} moves of ${count}`;
  }),
);
