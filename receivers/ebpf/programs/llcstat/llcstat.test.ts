import { availableParallelism } from 'node:os';
import assert from 'node:assert/strict';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';
import type { HookAgent } from '../../../../test/kernel/hook.ts';

interface Faults {
  /** Microseconds. */
  elapsed: number;
}

const count = 50_000;

async function faultsOn(agent: HookAgent, cpu: number): Promise<{ result: Faults; counts: number[] }> {
  const { result, change } = await agent.during(async () => runEvent<Faults>('faults', cpu, count));
  const labels = { cpu: String(cpu) };
  return { result, counts: ['llc_references_total', 'llc_misses_total'].map((name) => change.of(name, labels)) };
}

const cpus = Array.from({ length: Math.min(2, availableParallelism()) }, (_, cpu) => cpu);

// With a PMU that has cache events.
hookTest('llcstat', async (agent) => {
  const { counts } = await faultsOn(agent, 0);
  assert.ok(counts[0] > 0, 'references');
  return `${counts[0]} references, ${counts[1]} misses`;
});

// The same program on page faults, all and minor: counted by samples, so exact only to a period.
hookTest('llcstat-software', async (agent) => {
  const proofs: string[] = [];
  for (const cpu of cpus) {
    const { counts } = await faultsOn(agent, cpu);
    for (const counted of counts) assertBetween(counted, count / 2, count * 2, `faults on CPU ${cpu}`);
    proofs.push(`${counts[0]} of ${count} faults on CPU ${cpu}`);
  }
  return proofs.join(', ');
});

// And on cycles and instructions, which even an emulated arm64 has.
hookTest('llcstat-hardware', async (agent) => {
  const { result, counts } = await faultsOn(agent, 1);
  for (const counted of counts) assert.ok(counted > result.elapsed, `${counted} in ${result.elapsed} us`);
  return `${counts[0]} cycles, ${counts[1]} instructions`;
});
