// For guests only, whose CPUs nobody else needs: one goes and comes back while the agent runs.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { until } from '../support/child.ts';
import { withDisk } from './disk.ts';
import { runEvent } from './events.ts';
import { HookAgent } from './hook.ts';
import type { LentAgent } from './hook-agent.ts';
import { agentFor } from './hook-agent.ts';

const CPU = 1;
const COUNT = 300;

let lent: LentAgent;
before(async () => {
  lent = await agentFor('llcstat-software');
});
after(async () => lent.release());

test('perf events follow a CPU that comes online', async () => {
  const hooks = new HookAgent(lent.agent);
  const misses = async (): Promise<number> =>
    withDisk(async ({ device }) => {
      const { change } = await hooks.during(async () => runEvent('faults', device, CPU, COUNT));
      return change.of('llcstat_software_misses_total', { cpu: String(CPU) });
    });
  for (const online of ['0', '1']) await writeFile(`/sys/devices/system/cpu/cpu${CPU}/online`, online);
  await until('the CPU counts again', async () => ((await misses()) > 0 ? true : undefined), 60_000);
  const counted = await misses();
  assert.ok(counted >= COUNT && counted <= 2 * COUNT, `${counted} major faults of ${COUNT}`);
});
