/** Cgroup ids and paths: a cgroup's id is the inode number of its directory (kernfs). */
import type { BigIntStats, Dirent } from 'node:fs';
import { lstatSync, readdirSync } from 'node:fs';
import { cgroupMounts } from './cgroup-mounts.ts';

/** A host with more has its deepest ones unnamed. */
const MAX_CGROUPS = 262_144;
/** No path: paths begin with a slash, or are empty. */
const AMBIGUOUS = '?';

/** Id in decimal to full path. Cgroups that come or go during the walk may be missing. */
export function readCgroups(root: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const paths = new Map<string, string>();
  for (const mount of cgroupMounts(root)) {
    for (const [id, path] of walk(mount.folder)) {
      // Ids are of one hierarchy each: without v2 a number may name several cgroups, and then it names none, unless
      // they have the same path below their mounts, as containers have under all controllers.
      if (paths.has(id) && paths.get(id) !== path) names.delete(id);
      else if (!paths.has(id)) names.set(id, mount.shown + path);
      paths.set(id, paths.has(id) && paths.get(id) !== path ? AMBIGUOUS : path);
    }
  }
  return names;
}

/** Id to path below `folder`, breadth first. A directory's link count is two more than the number of its children, so leaves are not listed. */
function walk(folder: string): Map<string, string> {
  const names = new Map<string, string>();
  const queue = [''];
  for (let at = 0; at < queue.length && names.size < MAX_CGROUPS; at++) {
    const path = queue[at];
    const stats = statsOf(folder + path);
    if (stats === undefined) continue;
    names.set(stats.ino.toString(), path);
    if (stats.nlink !== 2n) for (const child of children(folder + path)) queue.push(`${path}/${child}`);
  }
  return names;
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
