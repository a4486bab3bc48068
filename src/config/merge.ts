/** Later configs over earlier ones, as the collector merges: maps deeply, everything else is replaced, null replaces too. */
import type { MapEntry, MapNode, TreeNode } from './tree.ts';

export function mergeTrees(earlier: TreeNode | undefined, later: TreeNode): TreeNode {
  if (earlier?.kind !== 'map' || later.kind !== 'map') return later;
  const entries = new Map(earlier.entries);
  for (const [name, { key, node }] of later.entries) {
    const before = entries.get(name);
    entries.set(name, { key, node: mergeTrees(before?.node, node) });
  }
  return { kind: 'map', entries, place: earlier.place };
}

const SEPARATOR = '::';

/** `a::b: 1` is `a: {b: 1}`, on all levels. */
export function splitKeys(node: TreeNode): TreeNode {
  if (node.kind === 'list') return { ...node, items: node.items.map(splitKeys) };
  if (node.kind === 'scalar') return node;
  let result: TreeNode = { ...node, entries: new Map() };
  for (const [name, { key, node: value }] of node.entries) {
    result = mergeTrees(result, nest(name.split(SEPARATOR), key, splitKeys(value)));
  }
  return result;
}

function nest(names: readonly string[], key: MapEntry['key'], value: TreeNode): MapNode {
  const [first = '', ...rest] = names;
  const node = rest.length === 0 ? value : nest(rest, key, value);
  return { kind: 'map', place: key, entries: new Map([[first, { key, node }]]) };
}
