/** The cgroup v2 tree as this host has it mounted. A cgroup's id is the inode number of its directory (kernfs). */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';

/** A host with more has its deepest ones left out. */
const MAX_CGROUPS = 262_144;

/** Mount point of cgroup v2, the whole tree's before a part's: in a hybrid layout not /sys/fs/cgroup. Undefined: not mounted. */
export function unifiedMount(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): string | undefined {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [left, right = ''] = line.split(' - ');
    const [, , , root, point] = left.split(' ');
    return right.startsWith('cgroup2 ') ? [{ root, point: unescape(point) }] : [];
  });
  return (mounts.find(({ root }) => root === '/') ?? mounts.at(0))?.point;
}

/** Space, tab, newline and backslash are written in octal (proc_pid_mountinfo(5)). */
const unescape = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));

/** Id to full path of `mount` and all cgroups below it. Those that come or go during the walk may be missing. */
export function readTree(mount: string): Map<bigint, string> {
  const tree = new Map<bigint, string>();
  const queue = [mount];
  for (let at = 0; at < queue.length && tree.size < MAX_CGROUPS; at++) {
    const path = queue[at];
    try {
      const { ino, nlink } = lstatSync(path, { bigint: true });
      tree.set(ino, path);
      // Two links more than children: leaves are not listed.
      if (nlink === 2n) continue;
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) queue.push(`${path}/${entry.name}`);
    } catch {
      // Gone meanwhile.
    }
  }
  return tree;
}
