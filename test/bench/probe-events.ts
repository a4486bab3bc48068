// For each hook the event that its probes are timed on, often enough for a mean.
import { withCgroup } from '../kernel/cgroup.ts';
import { withDisk } from '../kernel/disk.ts';
import { runEvent, runVictim } from '../kernel/events.ts';

const inCgroup = async (name: string, count: number): Promise<void> =>
  withCgroup('bench', async ({ path }) => void (await runEvent(name, path, count)));
const onDisk = async (name: string, ...args: (string | number)[]): Promise<void> =>
  withDisk(async ({ device }) => void (await runEvent(name, device, ...args)));
const timers = async (): Promise<void> => void (await runEvent('timers', 100_000));

async function reclaim(): Promise<void> {
  await withDisk(async ({ device }) =>
    withCgroup('bench', async ({ folders }) => void (await runEvent('reclaim', device, 64, ...folders)), 16),
  );
}

async function kills(): Promise<void> {
  await withCgroup(
    'bench',
    async ({ folders }) => {
      for (let done = 0; done < 10; done++) await runVictim('oom', ...folders);
    },
    16,
  );
}

export const probeEvents: Record<string, () => Promise<void>> = {
  timers,
  'raw-tracepoints': timers,
  uprobe: async () => inCgroup('mallocs', 100_000),
  usdt: async () => void (await runEvent('python3', '/some/where/shop.py', 'buy', 100_000)),
  shrinklat: reclaim,
  oomkill: kills,
  biolatency: async () => onDisk('writes', 3000),
  'accept-latency': async () => void (await runEvent('operation', 'accept', 3000)),
  'bpf-jit': async () => void (await runEvent('programs', 40)),
  cachestat: async () => onDisk('pages', 16_000),
  cgroup: async () => inCgroup('migrate', 20_000),
  'llcstat-software': async () => onDisk('faults', 0, 16_000),
  'tcp-syn-backlog': async () => void (await runEvent('operation', 'accept', 3000)),
  'tcp-window-clamps': async () => void (await runEvent('clamps', 200)),
};
