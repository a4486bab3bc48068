// test: alone
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { until } from '../../../../test/support/child.ts';
import { eventProgram } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest, total } from '../../../../test/kernel/hook.ts';

const count = 40;
const page = 4096;
const metric = 'bpf_jit_pages_currently_allocated';

/** Programs in the kernel, and what they take, until `child` ends. */
async function load(): Promise<{ child: ChildProcess; bytes: number }> {
  const child = spawn(await eventProgram('programs'), [String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(([status]) => Promise.reject(new Error(`programs ended: ${status}`)));
  ended.catch(() => {});
  const [line] = await Promise.race([once(child.stdout, 'data') as Promise<[Buffer]>, ended]);
  return { child, bytes: (JSON.parse(line.toString()) as { bytes: number }).bytes };
}

hookTest('bpf-jit', async (agent) => {
  const before = total(await agent.page(), metric);
  const { child, bytes } = await load();
  const pages = bytes / page;
  const loaded = total(await agent.page(), metric) - before;
  child.stdin?.end();
  await once(child, 'close');
  // Compiled code is rounded up, to a page a program at most.
  assertBetween(loaded, pages * 0.95, pages * 1.05 + count, `pages more for ${bytes} bytes`);
  const gone = async (): Promise<number | undefined> => {
    const left = total(await agent.page(), metric) - before;
    return left < pages * 0.05 ? left : undefined;
  };
  const left = await until('the pages are freed with the programs', gone);
  return `+${loaded} pages for ${Math.round(pages)}, then +${left}`;
});
