/** The one door to the `yaml` package: text to values with places. Numbers and keys are read as Go's yaml.v3 reads them. */
import { readFileSync } from 'node:fs';
import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar, LineCounter, parseDocument, stringify } from 'yaml';
import type { Fault } from './component.ts';
import type { MapEntry, Place, ScalarNode, TreeNode } from './config/tree.ts';
import { faultAt, locate, toValue } from './config/tree.ts';
import type { Path, Schema } from './schema.ts';
import { Expanded } from './schema.ts';

export const MAX_YAML_BYTES = 4 << 20;
/** Nodes of a document with all aliases written out: an alias bomb is an error, not a memory leak. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 200;

export interface YamlDocument {
  /** Plain values; a number or boolean that was written in another form than JavaScript's is an `Expanded`. */
  readonly value: unknown;
  readonly root: TreeNode;
  /** When there are any, the value is incomplete. */
  readonly errors: readonly Fault[];
  /** The place of a value (or of its key), or of its nearest ancestor that is there. */
  locate(path: Path, part?: 'key' | 'value'): Place;
}

/** Never throws. `file` is only for messages. */
export function parseYaml(text: string, file: string): YamlDocument {
  const { root, errors } = parseTree(text, { file });
  const place = (path: Path, part?: 'key' | 'value'): Place => {
    const { file: name, line, column } = locate(root, path, part);
    return { file: name, line, column };
  };
  return { value: toValue(root), root, errors, locate: place };
}

/** Reads (unless `text` is given) and parses a file by a schema. `value` is there when there are no faults. */
export function checkFile<T>(schema: Schema<T>, file: string, text?: string): { value?: T; faults: Fault[] } {
  let source = text;
  try {
    source ??= readFileSync(file, 'utf8');
  } catch (error) {
    return { faults: [{ file, message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` }] };
  }
  const { value, root, errors } = parseYaml(source, file);
  if (errors.length > 0) return { faults: [...errors] };
  const faults: Fault[] = [];
  const parsed = schema.parse(value, [], (path, message, part) => {
    faults.push(...[faultAt(root, path, message, part)].filter((fault) => fault !== undefined));
  });
  return faults.length === 0 ? { value: parsed, faults } : { faults };
}

/** `fixed`: the place of every node, for text that stands in no file of its own. */
export function parseTree(text: string, at: { file: string } | { fixed: Place }): { root: TreeNode; errors: Fault[] } {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    if ('fixed' in at) return at.fixed;
    const { line, col } = lines.linePos(offset);
    return { file: at.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors: Fault[] = [];
  const builder = new TreeBuilder(place, (offset, message) => errors.push({ ...place(offset), message }));
  const start = place(0);
  const nothing: TreeNode = { kind: 'scalar', value: null, place: start };
  if (Buffer.byteLength(text) > MAX_YAML_BYTES) {
    return { root: nothing, errors: [{ ...start, message: `larger than ${MAX_YAML_BYTES >> 20} MiB` }] };
  }
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    for (const { message, pos, code } of [...document.errors, ...document.warnings]) {
      // Where the stack ended tells nothing.
      const offset = code === 'RESOURCE_EXHAUSTION' ? 0 : pos[0];
      errors.push({ ...place(offset), message: WORDS[code] ?? `bad YAML: ${message}` });
    }
    return { root: errors.length > 0 ? nothing : builder.build(document.contents, start, 0), errors };
  } catch (error) {
    if (!(error instanceof YamlLimit || error instanceof RangeError)) throw error;
    const message = error instanceof YamlLimit ? error.message : 'nested too deeply';
    return { root: nothing, errors: [{ ...place(error instanceof YamlLimit ? error.offset : 0), message }] };
  }
}

/** YAML text of plain values. What another reader could take for a number or boolean is quoted. */
export const formatYaml = (value: unknown): string => stringify(value, { schema: 'yaml-1.1', lineWidth: 0 });

const WORDS: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'expected one YAML document, got several',
  RESOURCE_EXHAUSTION: 'nested too deeply',
};

class YamlLimit extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class TreeBuilder {
  readonly #place: (offset: number) => Place;
  readonly #fault: (offset: number, message: string) => void;
  readonly #anchors = new Map<string, { node: TreeNode; nodes: number } | undefined>();
  #nodes = 0;

  constructor(place: (offset: number) => Place, fault: (offset: number, message: string) => void) {
    this.#place = place;
    this.#fault = fault;
  }

  /** `key`: the place of the key that the node is the value of. */
  build(node: Node | null, key: Place, depth: number): TreeNode {
    if (node === null) return { kind: 'scalar', value: null, place: key };
    const offset = node.range?.[0] ?? 0;
    if (isAlias(node)) return this.#alias(node.source, offset);
    const anchor = 'anchor' in node ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const before = this.#nodes;
    this.#count(1, offset, depth);
    const built = isScalar(node) ? this.#scalar(node, key) : this.#collection(node, key, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, { node: built, nodes: this.#nodes - before });
    return built;
  }

  #count(nodes: number, offset: number, depth: number): void {
    this.#nodes += nodes;
    if (this.#nodes > MAX_NODES) throw new YamlLimit(`more than ${MAX_NODES} values, aliases written out`, offset);
    if (depth > MAX_DEPTH) throw new YamlLimit(`nested deeper than ${MAX_DEPTH} levels`, offset);
  }

  #alias(name: string, offset: number): TreeNode {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#fault(offset, `alias *${name} has no anchor &${name} that ends before it`);
      return { kind: 'scalar', value: null, place: this.#place(offset), faulty: true };
    }
    this.#count(target.nodes, offset, 0);
    return target.node;
  }

  #scalar(node: Scalar, key: Place): ScalarNode {
    const offset = node.range?.[0] ?? 0;
    const empty = node.type === 'PLAIN' && (node.source ?? '') === '';
    const value = node.type === 'PLAIN' && node.tag === undefined ? plainScalar(node) : node.value;
    if (value instanceof Uint8Array) this.#fault(offset, 'bad YAML: !!binary is not supported');
    return { kind: 'scalar', value: value as ScalarNode['value'], place: empty ? key : this.#place(offset) };
  }

  #collection(node: YAMLMap | YAMLSeq, key: Place, depth: number): TreeNode {
    const place = node.flow === true || depth === 0 ? this.#place(node.range?.[0] ?? 0) : key;
    if (isMap(node)) return { kind: 'map', entries: this.#entries(node, depth + 1), place };
    const items = node.items.map((item) => {
      const offset = (item as Node).range?.[0] ?? 0;
      return this.build(item as Node, this.#place(offset), depth + 1);
    });
    return { kind: 'list', items, place };
  }

  #entries(node: YAMLMap, depth: number): Map<string, MapEntry> {
    const entries = new Map<string, MapEntry>();
    const merged: [Pair, number][] = [];
    for (const pair of node.items) {
      const offset = (pair.key as Node | null)?.range?.[0] ?? node.range?.[0] ?? 0;
      const name = keyText(pair.key as Node | null);
      const before = name === undefined ? undefined : entries.get(name);
      if (name === undefined) this.#fault(offset, 'expected a key that is text');
      else if (name === '<<') merged.push([pair, offset]);
      else if (before !== undefined) this.#fault(offset, `key "${name}" is there twice${line(before.key)}`);
      else {
        const key = this.#place(offset);
        entries.set(name, { key, node: this.build(pair.value as Node | null, key, depth) });
      }
    }
    for (const [pair, offset] of merged) this.#merge(entries, pair, offset, depth);
    return entries;
  }

  /** `<<: *anchor` or `<<: [*a, *b]`: keys that are there already stay. */
  #merge(entries: Map<string, MapEntry>, pair: Pair, offset: number, depth: number): void {
    const value = this.build(pair.value as Node | null, this.#place(offset), depth);
    for (const source of value.kind === 'list' ? value.items : [value]) {
      if (source.kind !== 'map') this.#fault(offset, 'expected "<<" to name a map, or a list of maps');
      else for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    }
  }
}

const line = (place: Place): string => (place.line === undefined ? '' : `, first at line ${place.line}`);

/** A key as it is written: `0x10` stays `0x10`. */
function keyText(key: Node | null): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  if (key.type === 'PLAIN') return key.source;
  return typeof key.value === 'string' ? key.value : undefined;
}

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*)$/;

/** A number keeps its text where JavaScript would write it otherwise: `1.10`, `0x1f`, 2^64 - 1. */
function plainScalar({ source = '', value }: Scalar): unknown {
  const found = INTEGER.test(source) ? goInteger(source) : value;
  if (typeof found !== 'number' && typeof found !== 'boolean') return value;
  return String(found) === source ? found : new Expanded(found, source, 'literal');
}

/** Go's ParseInt with base 0: 0x, 0o, 0b, and a leading 0 is octal too. */
function goInteger(source: string): number {
  const digits = source.replaceAll('_', '').replace(/^[-+]/, '').toLowerCase();
  const prefixed = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  return Number(prefixed) * (source.startsWith('-') ? -1 : 1);
}
