import assert from 'node:assert/strict';
import { withCgroup } from '../../../../test/kernel/cgroup.ts';
import { runVictim } from '../../../../test/kernel/events.ts';
import { hookTest, total } from '../../../../test/kernel/hook.ts';

const count = 3;
const limitMiB = 16;

hookTest('oomkill', async (agent) =>
  withCgroup(
    'oom',
    async (cgroup) => {
      for (let done = 0; done < count; done++) await runVictim('oom', ...cgroup.folders);
      const page = await agent.pageWith('oom_kills_total', { cgroup_path: cgroup.path });
      const counted = total(page, 'oom_kills_total', { cgroup_path: cgroup.path, global_oom: '0' });
      assert.equal(counted, count);
      assert.equal(total(page, 'oom_kills_total', { global_oom: '1' }), 0);
      return `${counted} kills of ${count}`;
    },
    limitMiB,
  ),
);
