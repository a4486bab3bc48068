/** Where cgroup hierarchies are mounted, from /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
import { existsSync, readFileSync } from 'node:fs';

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
export function cgroupMounts(root: string): readonly CgroupMount[] {
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
