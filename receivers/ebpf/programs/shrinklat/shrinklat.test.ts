import { withCgroup } from '../../../../test/kernel/cgroup.ts';
import { withDisk } from '../../../../test/kernel/disk.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';

const limitMiB = 16;
const readMiB = 64;

// The fewest and the most pages that one call is asked for: a large folio, and one batch of page by page.
hookTest('shrinklat', async (agent) =>
  withDisk(async ({ device }) =>
    withCgroup(
      'reclaim',
      async ({ folders }) => {
        const event = async (): Promise<{ pages: number; elapsed: number }> =>
          runEvent('reclaim', device, readMiB, ...folders);
        const { result, change } = await agent.during(event);
        const calls = change.of('shrink_node_latency_seconds_count');
        const won = result.pages - (limitMiB << 8);
        assertBetween(calls, won / 512, won, `calls of shrink_node for ${won} pages`);
        const seconds = change.of('shrink_node_latency_seconds_sum');
        assertBetween(seconds, calls / 1e6, (result.elapsed / 1e6) * 2, 'seconds of reclaim');
        return `${calls} calls for ${won} pages`;
      },
      limitMiB,
    ),
  ),
);
