/** Puts values in place of `${…}` references, after the merge: what a later config replaces is never looked up. */
import { isAbsolute, join } from 'node:path';
import type { Fault } from '../component.ts';
import type { Path } from '../schema.ts';
import { Expanded } from '../schema.ts';
import { parseTree } from '../yaml-document.ts';
import { formatFault } from './fault.ts';
import { splitKeys } from './merge.ts';
import { readConfigFile } from './read-file.ts';
import { parseTarget, parseTemplate } from './references.ts';
import type { Reference, Template } from './references.ts';
import type { MapEntry, Place, TreeNode } from './tree.ts';
import { pathText } from './tree.ts';

export interface ExpandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative `${file:…}` paths start here. */
  readonly cwd: string;
  /** Told of each file that is read. */
  readonly onFile?: (file: string) => void;
}
/** Of one value, nested ones included. */
export const MAX_EXPANSIONS = 100;
/** Of a whole config: files may include files. */
const MAX_TOTAL = 10_000;
const MAX_TEXT = 4 << 20;

/** What a reference stands for. `again`: the text came from outside and may hold references of its own. */
interface Resolved {
  readonly uri: string;
  readonly text: string;
  readonly again: boolean;
  /** Where the text stands, for places in it. */
  readonly file?: string;
}
/** References whose text is being expanded: none may come again in what it stands for. */
type Active = readonly string[];
interface Scope {
  readonly place: Place;
  readonly path: Path;
  readonly active: Active;
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
  return { root: expander.expand(root, [], []), faults: expander.faults, warnings: expander.warnings };
}

class Expander {
  readonly faults: Fault[] = [];
  readonly warnings: Fault[] = [];
  readonly #options: ExpandOptions;
  #total = 0;

  constructor(options: ExpandOptions) {
    this.#options = options;
  }

  expand(node: TreeNode, path: Path, active: Active): TreeNode {
    if (node.kind === 'list') {
      return { ...node, items: node.items.map((item, i) => this.expand(item, [...path, i], active)) };
    }
    if (node.kind === 'map') {
      const expanded = [...node.entries].map(([name, { key, node: value }]): [string, MapEntry] => {
        return [name, { key, node: this.expand(value, [...path, name], active) }];
      });
      return { ...node, entries: new Map(expanded) };
    }
    if (typeof node.value !== 'string' || !node.value.includes('$')) return node;
    return this.#scalar(node.value, { place: node.place, path, active, count: { used: 0 }, notes: [] });
  }

  #scalar(text: string, scope: Scope): TreeNode {
    const { place, path, notes } = scope;
    try {
      const expanded = this.#template(parseTemplate(text), scope);
      if (notes.length === 0) return expanded;
      const note = [...new Set(notes)].join(', ');
      this.warnings.push({ ...place, path: pathText(path), message: `${note}: empty` });
      return { ...expanded, note };
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      // Past the limit of all, one fault says it.
      if (this.#total <= MAX_TOTAL + 1) this.faults.push({ ...place, path: pathText(path), message: error.message });
      return { kind: 'scalar', value: null, place, faulty: true };
    }
  }

  /** A reference that is the whole value keeps its type; among text, its text is put in. */
  #template(template: Template, scope: Scope): TreeNode {
    const [only] = template;
    if (template.length === 1 && typeof only === 'object') return this.#typed(this.#resolve(only, scope), scope);
    return { kind: 'scalar', value: this.#join(template, scope), place: scope.place };
  }

  #typed({ uri, text, again, file }: Resolved, scope: Scope): TreeNode {
    const active = [...scope.active, uri];
    const { root, errors } = parseTree(text, file === undefined ? { fixed: scope.place } : { file });
    if (errors.length === 0 && root.kind !== 'scalar')
      return again ? this.expand(splitKeys(root), scope.path, active) : root;
    const isText = errors.length > 0 || root.kind !== 'scalar' || typeof root.value === 'string';
    if (isText && again && text.includes('$')) return this.#template(parseTemplate(text), { ...scope, active });
    const note = errors.length > 0 && text.includes('\n') ? `as YAML: ${formatFault(errors[0])}` : undefined;
    const value = isText ? text : unwrap(root.value);
    return { kind: 'scalar', value: new Expanded(value, text), place: scope.place, note };
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
    const { uri, text, again } = this.#resolve(reference, scope);
    const inner = { ...scope, active: [...scope.active, uri] };
    return again && text.includes('$') ? this.#join(parseTemplate(text), inner) : text;
  }

  #resolve(reference: Reference, scope: Scope): Resolved {
    const uri = this.#join(reference.body, scope);
    if (scope.active.includes(uri)) throw new ExpansionError(`\${${uri}} leads to itself`);
    if (++scope.count.used > MAX_EXPANSIONS)
      throw new ExpansionError(`more than ${MAX_EXPANSIONS} expansions of one value`);
    if (++this.#total > MAX_TOTAL) throw new ExpansionError(`more than ${MAX_TOTAL} expansions of one config`);
    const target = parseTarget(uri);
    if ('error' in target) throw new ExpansionError(target.error);
    if (target.scheme === 'yaml') return { uri, text: target.content, again: false };
    if (target.scheme === 'file') return { uri, ...this.#file(target.content) };
    const found = this.#options.env[target.name];
    if (found !== undefined) return { uri, text: found, again: true };
    if (target.fallback === undefined) scope.notes.push(`environment variable ${target.name} is not set`);
    return { uri, text: target.fallback ?? '', again: false };
  }

  /** One newline at the end belongs to the file, not to the value: secrets are kept in such files. */
  #file(name: string): Omit<Resolved, 'uri'> {
    const path = isAbsolute(name) ? name : join(this.#options.cwd, name);
    this.#options.onFile?.(path);
    const { text, error } = readConfigFile(path);
    if (text === undefined) throw new ExpansionError(`\${file:${name}} cannot be read: ${error}`);
    return { text: text.replace(/\r?\n$/, ''), again: true, file: name };
  }
}

const unwrap = (value: unknown): unknown => (value instanceof Expanded ? value.value : value);
