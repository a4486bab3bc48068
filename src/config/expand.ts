/** Puts values in place of `${…}` references, after the merge: what a later config replaces is never looked up. */
import { isAbsolute, join } from 'node:path';
import type { Fault } from '../component.ts';
import { Expanded } from '../schema.ts';
import { parseTree } from '../yaml-document.ts';
import { splitKeys } from './merge.ts';
import { readConfigFile } from './read-file.ts';
import { parseTarget, parseTemplate } from './references.ts';
import type { Reference, Template } from './references.ts';
import type { MapEntry, Place, TreeNode } from './tree.ts';

export interface ExpandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative `${file:…}` paths start here. */
  readonly cwd: string;
}
/** Of one value, nested ones included. */
export const MAX_EXPANSIONS = 100;
/** Of a whole config: files may include files. */
const MAX_TOTAL = 10_000;
const MAX_TEXT = 4 << 20;

/** What a reference stands for. `again`: the text came from outside and may hold references of its own. */
interface Resolved {
  readonly text: string;
  readonly again: boolean;
  readonly note?: string;
  /** Where the text stands, for places in it. */
  readonly file?: string;
}
interface Scope {
  readonly place: Place;
  /** Shared by all references of one value. */
  readonly count: { used: number };
  readonly notes: string[];
}

class ExpansionError extends Error {}

/** Every error is in `faults`; a value that has one is marked, so that schemas do not complain of it again. */
export function expandTree(
  root: TreeNode,
  options: ExpandOptions,
): { root: TreeNode; faults: Fault[]; warnings: Fault[] } {
  const expander = new Expander(options);
  return { root: expander.expand(root, [], 0), faults: expander.faults, warnings: expander.warnings };
}

class Expander {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];
  readonly #options: ExpandOptions;
  #total = 0;
  /** A file included itself: what is left of it would only say so again. */
  #exhausted = false;

  constructor(options: ExpandOptions) {
    this.#options = options;
  }

  /** `used`: expansions that led here, so that a file cannot include itself for ever. */
  expand(node: TreeNode, path: readonly (string | number)[], used: number): TreeNode {
    if (node.kind === 'list') {
      return { ...node, items: node.items.map((item, i) => this.expand(item, [...path, i], used)) };
    }
    if (node.kind === 'map') {
      const expanded = [...node.entries].map(([name, { key, node: value }]): [string, MapEntry] => {
        return [name, { key, node: this.expand(value, [...path, name], used) }];
      });
      return { ...node, entries: new Map(expanded) };
    }
    return typeof node.value === 'string' && node.value.includes('$')
      ? this.#scalar(node.value, node, path, used)
      : node;
  }

  #scalar(text: string, node: TreeNode, path: readonly (string | number)[], used: number): TreeNode {
    if (this.#exhausted) return { kind: 'scalar', value: null, place: node.place, faulty: true };
    const scope: Scope = { place: node.place, count: { used }, notes: [] };
    try {
      const expanded = this.#template(parseTemplate(text), scope, path);
      if (scope.notes.length === 0) return expanded;
      const message = [...new Set(scope.notes)].join(', ');
      this.warnings.push({ ...node.place, path: path.join('::'), message: `${message}: empty` });
      return { ...expanded, note: message };
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      this.#exhausted = scope.count.used > MAX_EXPANSIONS && used > 0;
      this.faults.push({ ...node.place, path: path.join('::'), message: error.message });
      return { kind: 'scalar', value: null, place: node.place, faulty: true };
    }
  }

  /** A reference that is the whole value keeps its type; among text, its text is put in. */
  #template(template: Template, scope: Scope, path: readonly (string | number)[]): TreeNode {
    const [only] = template;
    if (template.length === 1 && typeof only === 'object') return this.#typed(only, scope, path);
    return { kind: 'scalar', value: this.#join(template, scope), place: scope.place };
  }

  #typed(reference: Reference, scope: Scope, path: readonly (string | number)[]): TreeNode {
    const { text, again, note, file } = this.#resolve(reference, scope);
    if (note !== undefined) scope.notes.push(note);
    const { root, errors } = parseTree(text, file === undefined ? { fixed: scope.place } : { file });
    if (errors.length === 0 && root.kind !== 'scalar') {
      return again ? this.expand(splitKeys(root), path, scope.count.used) : root;
    }
    const value = errors.length > 0 || root.kind !== 'scalar' ? text : root.value;
    const failure = errors.length > 0 && text.includes('\n') ? `as YAML: ${formatShort(errors[0])}` : undefined;
    const asText = typeof value === 'string' ? text : undefined;
    if (asText !== undefined && again && asText.includes('$')) return this.#template(parseTemplate(text), scope, path);
    const plain = asText ?? (value instanceof Expanded ? value.value : value);
    return { kind: 'scalar', value: new Expanded(plain, text), place: scope.place, note: failure };
  }

  #join(template: Template, scope: Scope): string {
    let joined = '';
    for (const part of template) {
      joined += typeof part === 'string' ? part : this.#text(part, scope);
      if (joined.length > MAX_TEXT)
        throw new ExpansionError(`longer than ${MAX_TEXT >> 20} Mi characters when expanded`);
    }
    return joined;
  }

  #text(reference: Reference, scope: Scope): string {
    const { text, again, note } = this.#resolve(reference, scope);
    if (note !== undefined) scope.notes.push(note);
    return again && text.includes('$') ? this.#join(parseTemplate(text), scope) : text;
  }

  #resolve(reference: Reference, scope: Scope): Resolved {
    if (++scope.count.used > MAX_EXPANSIONS || ++this.#total > MAX_TOTAL) {
      throw new ExpansionError(`more than ${MAX_EXPANSIONS} expansions of one value: does a reference lead to itself?`);
    }
    const target = parseTarget(this.#join(reference.body, scope));
    if ('error' in target) throw new ExpansionError(target.error);
    if (target.scheme === 'yaml') return { text: target.content, again: false };
    if (target.scheme === 'file') return this.#file(target.content);
    const found = this.#options.env[target.name];
    if (found !== undefined) return { text: found, again: true };
    if (target.fallback !== undefined) return { text: target.fallback, again: false };
    return { text: '', again: false, note: `environment variable ${target.name} is not set` };
  }

  /** One newline at the end belongs to the file, not to the value: secrets are kept in such files. */
  #file(name: string): Resolved {
    const { text, error } = readConfigFile(isAbsolute(name) ? name : join(this.#options.cwd, name));
    if (text === undefined) throw new ExpansionError(`\${file:${name}} cannot be read: ${error}`);
    return { text: text.replace(/\r?\n$/, ''), again: true, file: name };
  }
}

const formatShort = ({ file, line, column, message }: Fault): string => `${file}:${line}:${column}: ${message}`;
