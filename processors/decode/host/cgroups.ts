/** Cgroup ids and paths: a cgroup's id is the inode number of its directory (kernfs). */
import type { BigIntStats, Dirent } from 'node:fs';
import { lstatSync, readdirSync } from 'node:fs';
import { cgroupMounts } from './cgroup-mounts.ts';

/** A host with more has its deepest ones unnamed. */
const MAX_CGROUPS = 262_144;
/** No path: paths begin with a slash, or are empty. */
const AMBIGUOUS = '?';

/** Id in decimal to full path. Cgroups that come or go during the walk may be missing. */
export const readCgroups = (root: string): ReadonlyMap<string, string> =>
  onlyOne(cgroupMounts(root).map(({ folder, shown }) => ({ shown, paths: walk(folder) })));

interface Hierarchy {
  readonly shown: string;
  /** Id to path below `shown`. */
  readonly paths: ReadonlyMap<string, string>;
}

/**
 * Ids are of one hierarchy each: without v2 a number may name several cgroups. Then it names none, unless they have the
 * same path below their mounts, as containers have under all controllers.
 */
export function onlyOne(hierarchies: readonly Hierarchy[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const seen = new Map<string, string>();
  for (const { shown, paths } of hierarchies) {
    for (const [id, path] of paths) {
      const before = seen.get(id);
      seen.set(id, before === undefined || before === path ? path : AMBIGUOUS);
      if (before === undefined) names.set(id, shown + path);
      else if (before !== path) names.delete(id);
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
