// Events that no BPF program sees: some kernels (that of this project's test machines) run none while a thread of process 1
// is current, not even in an interrupt that hits it. ftrace records those interrupts all the same.
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const INSTANCES = '/sys/kernel/tracing/instances';
/** A line of `trace` begins with the current task: `COMM-TID [CPU]`. */
const TASK = /-(\d+) +\[\d+\]/;

/**
 * Counts, while `run` runs, the events of a tracepoint (`category/name`) that came while process 1 was current: so many a
 * program may lack. 0 without tracefs. @param filter as in the kernel's Documentation/trace/events.rst.
 */
export async function countUnseen<T>(
  event: string,
  filter: string,
  run: () => Promise<T>,
): Promise<{ result: T; unseen: number }> {
  const hasTracefs = await access(INSTANCES).then(
    () => true,
    () => false,
  );
  if (!hasTracefs) return { result: await run(), unseen: 0 };
  const instance = join(INSTANCES, `test-${process.pid}`);
  const set = async (name: string, value: string): Promise<void> =>
    writeFile(join(instance, 'events', event, name), value);
  await mkdir(instance);
  try {
    await set('filter', filter);
    await set('enable', '1');
    const result = await run();
    await set('enable', '0');
    const threads = new Set(await readdir('/proc/1/task'));
    const lines = (await readFile(join(instance, 'trace'), 'utf8')).split('\n');
    return { result, unseen: lines.filter((line) => threads.has(TASK.exec(line)?.[1] ?? '')).length };
  } finally {
    await rmdir(instance);
  }
}
