/** The names of a host's cgroups. */
import { cgroupMounts, readTree } from '../../../src/cgroups.ts';

/** No path: paths begin with a slash, or are empty. */
const AMBIGUOUS = '?';

/** Id in decimal to full path. Cgroups that come or go during the walk may be missing. */
export const readCgroups = (root: string): ReadonlyMap<string, string> =>
  onlyOne(cgroupMounts(root).map(({ folder, shown }) => ({ shown, paths: readTree(folder) })));

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
