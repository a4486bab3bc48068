/** Section forms beyond libbpf's own (spec/programs.md): perf_event with type, config and frequency; xdp; bare file names; the post-attach mark. */
import { readFileSync, statSync } from 'node:fs';
import type { BpfObject, ProgramInfo } from '../../native/index.ts';
import { BpfError, postAttachMarkPath } from '../../native/index.ts';
import { findTarget } from './target-file.ts';

export const POST_ATTACH_MARK = 'uprobe//proc/self/exe:post_attach_mark';

/** The kernel refuses higher frequencies; it lowers this when samples take too much time. */
const MAX_SAMPLE_RATE = '/proc/sys/kernel/perf_event_max_sample_rate';

/** Whether a program is attached once for each CPU that is online: CPUs that come later are to be followed. */
export const isPerCpu = (section: string): boolean => /^perf_event\/.*=/.test(section);

/**
 * Attaches one program by its SEC(). Throws BpfError.
 * @param root below which the files of uprobes and usdt are
 */
export function attachProgram(object: BpfObject, { name, section }: ProgramInfo, root = '/'): void {
  const [kind] = section.split('/', 1);
  const target = section.slice(kind.length + 1);
  if (section === POST_ATTACH_MARK)
    return object.attachUprobe(name, { path: postAttachMarkPath(), function: 'post_attach_mark' });
  if (isPerCpu(section)) return attachPerfEvents(object, name, target);
  if (kind === 'xdp' && target !== '') return object.attachXdp(name, interfaceIndex(target));
  if (/^u(ret)?probe(\.s)?$/.test(kind) && target.includes(':'))
    return attachUprobe(object, name, target, { retprobe: kind.startsWith('uret'), root });
  if (kind === 'usdt') return attachUsdt(object, name, target, root);
  object.attach(name);
}

function attachPerfEvents(object: BpfObject, name: string, target: string): void {
  const options = new Map(target.split(',').map((part) => part.split('=', 2) as [string, string]));
  const [type, config, wanted] = ['type', 'config', 'frequency'].map((key) => Number(options.get(key) ?? 0));
  const frequency = Math.min(wanted, Number(readFileSync(MAX_SAMPLE_RATE, 'latin1')));
  for (const cpu of onlineCpus())
    object.attachPerfEvent(name, { type, config, frequency: frequency || undefined, cpu });
}

function attachUprobe(
  object: BpfObject,
  name: string,
  target: string,
  { retprobe, root }: { readonly retprobe: boolean; readonly root: string },
): void {
  const colon = target.lastIndexOf(':');
  const [fn, offset] = target.slice(colon + 1).split('+', 2);
  object.attachUprobe(name, {
    path: existing(object, name, target.slice(0, colon), root),
    function: fn,
    offset: Number(offset ?? 0),
    retprobe,
  });
}

function attachUsdt(object: BpfObject, name: string, target: string, root: string): void {
  const [path, provider, probe] = target.split(':', 3);
  object.attachUsdt(name, { path: existing(object, name, path, root), provider, name: probe });
}

/** libbpf would look for a bare name too, and take a folder of that name for it. */
function existing(object: BpfObject, program: string, name: string, root: string): string {
  const file = findTarget(name, root);
  if (file !== undefined) return file;
  const detail = `${name} is in none of the folders where programs and libraries are`;
  throw new BpfError({ code: 'ENOENT', operation: 'attach', object: object.file, program, detail });
}

/** `0-3,5` of /sys/devices/system/cpu/online. */
export function onlineCpus(): number[] {
  const ranges = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim().split(',');
  return ranges.flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/**
 * The CPUs that are online, as a text that is another one when any has gone or come since, also when it is back already: its
 * sysfs folders are new then.
 */
export function onlineCpusIdentity(): string {
  const folder = '/sys/devices/system/cpu';
  const inode = (cpu: number): number => statSync(`${folder}/cpu${cpu}/topology`, { throwIfNoEntry: false })?.ino ?? 0;
  return onlineCpus()
    .map((cpu) => `${cpu}:${inode(cpu)}`)
    .join();
}

/** 0, which no interface has, when there is none of this name: the attach then says so. */
function interfaceIndex(name: string): number {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8'));
  } catch {
    return 0;
  }
}
