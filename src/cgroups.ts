/**
 * Cgroup hierarchies: where they are mounted, from /proc/PID/mountinfo (proc_pid_mountinfo(5)), and what is in them. A
 * cgroup's id is the inode number of its directory (kernfs).
 */
import type { BigIntStats, Dirent } from 'node:fs';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';

/** A host with more has its deepest ones left out. */
const MAX_CGROUPS = 262_144;

export interface CgroupMount {
  /** Where this process reads it. */
  readonly folder: string;
  /** Where the host has it: what paths begin with. */
  readonly shown: string;
  readonly version: 1 | 2;
}

/**
 * The cgroup v2 mount alone if there is one, of its own or in a hybrid layout; else all v1 hierarchies.
 *
 * @param root prefix of the host's files; '' for this host. With one, the mounts of its first process are asked for.
 */
export function cgroupMounts(root = ''): readonly CgroupMount[] {
  const own = parseMountinfo(readOrEmpty('/proc/self/mountinfo'));
  const host = root === '' ? [] : parseMountinfo(readOrEmpty(`${root}/proc/1/mountinfo`));
  const mounts = [
    ...host.map(({ point, version }) => ({ folder: root + point, shown: point, version })),
    ...own
      .filter(({ point }) => point.startsWith(`${root}/`))
      .map(({ point, version }) => ({ folder: point, shown: point.slice(root.length), version })),
  ].filter(({ folder }) => existsSync(folder));
  const unified = mounts.find(({ version }) => version === 2);
  return unified === undefined ? mounts : [unified];
}

/** Where this process reads cgroup v2; undefined: it is not mounted. */
export const unifiedMount = (): string | undefined => cgroupMounts().find(({ version: v }) => v === 2)?.folder;

/**
 * Id in decimal to path below `folder`, breadth first; '' for `folder` itself. Those that come or go during the walk may
 * be missing. A directory's link count is two more than the number of its children, so leaves are not listed.
 */
export function readTree(folder: string): Map<string, string> {
  const paths = new Map<string, string>();
  const queue = [''];
  for (let at = 0; at < queue.length && paths.size < MAX_CGROUPS; at++) {
    const path = queue[at];
    const stats = statsOf(folder + path);
    if (stats === undefined) continue;
    paths.set(stats.ino.toString(), path);
    if (stats.nlink !== 2n) for (const child of children(folder + path)) queue.push(`${path}/${child}`);
  }
  return paths;
}

function statsOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function children(path: string): string[] {
  try {
    const entries: Dirent[] = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

interface MountPoint {
  readonly point: string;
  readonly version: 1 | 2;
}

/** Mounts of a whole hierarchy come before those of a part of it. */
export function parseMountinfo(text: string): MountPoint[] {
  const mounts = text.split('\n').flatMap((line) => {
    const [left, right = ''] = line.split(' - ');
    const type = right.split(' ')[0];
    const [, , , root, point] = left.split(' ');
    return type === 'cgroup' || type === 'cgroup2'
      ? [{ point: unescape(point), whole: root === '/', version: version(type) }]
      : [];
  });
  return mounts
    .sort((a, b) => Number(b.whole) - Number(a.whole))
    .map(({ point, version: number }) => ({ point, version: number }));
}

const version = (type: string): 1 | 2 => (type === 'cgroup2' ? 2 : 1);

/** Space, tab, newline and backslash are written in octal. */
const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
