/** YAML with the place of each key and value, through merge and expansion. Trees are immutable, so parts are shared. */
import type { Fault } from '../component.ts';
import type { Path } from '../schema.ts';
import { Expanded } from '../schema.ts';

/** Lines and columns count from 1; a value of the command line has none. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

interface Located {
  /** Of the value; that of its key where the value is empty or begins on a later line. */
  readonly place: Place;
  /** Said after each error about this value: `environment variable HOST is not set`. */
  readonly note?: string;
  /** An error about this value has been reported; more of them would only repeat it. */
  readonly faulty?: boolean;
}
export interface ScalarNode extends Located {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null | Expanded;
}
export interface ListNode extends Located {
  readonly kind: 'list';
  readonly items: readonly TreeNode[];
}
export interface MapEntry {
  readonly key: Place;
  readonly node: TreeNode;
}
export interface MapNode extends Located {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
}
export type TreeNode = ScalarNode | ListNode | MapNode;

/** The tree without places, as schemas parse it: `Expanded` scalars stay. */
export function toValue(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toValue);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toValue(entry.node)]));
}

/** As `toValue`, with nothing of ours in it: for printing. */
export function toPlain(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.value instanceof Expanded ? node.value.value : node.value;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toPlain(entry.node)]));
}

export interface Location extends Place {
  readonly note?: string;
  readonly faulty?: boolean;
}

/** Where `path` stands: its key or its value; when it is not there, the key of its nearest ancestor that is. */
export function locate(root: TreeNode, path: Path, part: 'key' | 'value' = 'value'): Location {
  let entry: MapEntry = { key: root.place, node: root };
  for (const step of path) {
    const next = child(entry.node, step);
    if (next === undefined) return { ...entry.key, note: entry.node.note, faulty: entry.node.faulty };
    entry = next;
  }
  const { place, faulty } = entry.node;
  return { ...(part === 'key' ? entry.key : place), note: noteOf(entry.node), faulty };
}

/** Of a map that lacks something, also the notes of its values: one of them may have been meant. */
function noteOf(node: TreeNode): string | undefined {
  if (node.note !== undefined || node.kind !== 'map') return node.note;
  const notes = [...node.entries.values()].map((entry) => entry.node.note).filter((note) => note !== undefined);
  return notes.length === 0 ? undefined : [...new Set(notes)].join('; ');
}

function child(node: TreeNode, step: string | number): MapEntry | undefined {
  if (node.kind === 'map') return node.entries.get(String(step));
  const item = node.kind === 'list' ? node.items[Number(step)] : undefined;
  return item && { key: item.place, node: item };
}

/** A fault at `path`, or undefined where one has been reported already. */
export function faultAt(
  root: TreeNode,
  path: Path,
  message: string,
  part: 'key' | 'value' = 'value',
): Fault | undefined {
  const { note, faulty, ...place } = locate(root, path, part);
  if (faulty === true) return undefined;
  return { ...place, path: pathText(path), message: note === undefined ? message : `${message}; ${note}` };
}

/** `exporters::otlp_http::endpoint`, the collector's form. */
export const pathText = (path: Path): string => path.join('::');
