// Which hooks may be inactive on this kernel and for what reason, found out without the agent. All others must work.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { runEvent } from './events.ts';

/** Hooks that only kprobes or fentry reach, by the state and reason of a kernel without both. */
const probesOnly = new Set(['accept-latency', 'shrinklat', 'tcp-syn-backlog', 'tcp-window-clamps']);
const noProbes = /this kernel refuses f(entry|exit) programs \(EPERM\).*this kernel is built without kprobes/;

const hasKprobes = (): boolean => existsSync('/sys/bus/event_source/devices/kprobe/type');

/** The event that a hook needs of the hardware: PERF_COUNT_HW_CACHE_REFERENCES, PERF_COUNT_HW_CPU_CYCLES. */
const hardware: Record<string, number> = { llcstat: 2, 'llcstat-hardware': 0 };

async function isCounted(event: number): Promise<boolean> {
  return (await runEvent<{ error: number }>('hardware', event)).error === 0;
}

/** Throws when the hook should be active on this kernel, or when the reason is not the true one. */
export async function mayBeInactive(hook: string, state: string, reason: string): Promise<void> {
  assert.equal(state, 'inactive', reason);
  if (hook in hardware) {
    assert.equal(await isCounted(hardware[hook]), false, `its event can be counted here, yet: ${reason}`);
    assert.match(reason, /no hardware performance counters .*\((ENOENT|ENODEV|EOPNOTSUPP)\)/);
    return;
  }
  assert.ok(probesOnly.has(hook) && !hasKprobes(), `${hook} should be active here: ${reason}`);
  assert.match(reason, noProbes);
}

/** As above, for what is left out of a program that serves. */
export function mayBePartial(hook: string, reason: string): void {
  assert.ok(hook === 'cachestat' && !hasKprobes(), `${hook} should be whole here: ${reason}`);
  assert.match(reason, noProbes);
}
