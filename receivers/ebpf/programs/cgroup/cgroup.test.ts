import assert from 'node:assert/strict';
import { withCgroup } from '../../../../test/kernel/cgroup.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { hookTest } from '../../../../test/kernel/hook.ts';

const count = 200;

hookTest('cgroup', async (agent) =>
  withCgroup('migrations', async ({ path }) => {
    const { change } = await agent.during(async () => runEvent('migrate', path, count));
    const counted = change.of('cgroup_sched_migrations_total', { cgroup: path });
    assert.equal(counted, count);
    return `${counted} moves of ${count}`;
  }),
);
