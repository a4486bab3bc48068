import assert from 'node:assert/strict';
import { withDisk } from '../../../../test/kernel/disk.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';
import type { HookAgent } from '../../../../test/kernel/hook.ts';

interface Faults {
  /** Microseconds. */
  elapsed: number;
  references: number;
  misses: number;
}

const count = 1500;

/** What the counters of this CPU, whose names begin with `prefix`, rose by while it met `count` major faults. */
async function faultsOn(agent: HookAgent, cpu: number, prefix: string): Promise<Faults> {
  return withDisk(async ({ device }) => {
    const event = async (): Promise<{ elapsed: number }> => runEvent('faults', device, cpu, count);
    const { result, change } = await agent.during(event);
    const labels = { cpu: String(cpu) };
    const [references, misses] = ['references', 'misses'].map((what) => change.of(`${prefix}_${what}_total`, labels));
    return { ...result, references, misses };
  });
}

// With a PMU that has cache events.
hookTest('llcstat', async (agent) => {
  const { references, misses } = await faultsOn(agent, 0, 'llc');
  assert.ok(references > 0);
  return `${references} references, ${misses} misses`;
});

// The same program on page faults, of which the major ones are ours alone, near enough.
hookTest('llcstat-software', async (agent) => {
  const proofs: string[] = [];
  for (const cpu of [0, 1]) {
    const { references, misses } = await faultsOn(agent, cpu, 'llcstat_software');
    assertBetween(misses, count, count * 1.2, `major faults on CPU ${cpu}`);
    assertBetween(references, count, Infinity, `faults on CPU ${cpu}`);
    proofs.push(`${misses} of ${count} major faults on CPU ${cpu}`);
  }
  return proofs.join(', ');
});

// And on cycles, which even an emulated arm64 counts: more than one a microsecond on any machine.
hookTest('llcstat-hardware', async (agent) => {
  const { elapsed, references, misses } = await faultsOn(agent, 1, 'llcstat_hardware');
  for (const cycles of [references, misses]) assert.ok(cycles > elapsed, `${cycles} cycles in ${elapsed} us`);
  return `${references} cycles in ${elapsed} us`;
});
