/** `--config` and `--set`: from URIs to one merged tree, not yet expanded. */
import { isAbsolute, join } from 'node:path';
import type { Fault } from '../component.ts';
import { parseTree } from '../yaml-document.ts';
import { mergeTrees, splitKeys } from './merge.ts';
import { readConfigFile } from './read-file.ts';
import { remoteRefused, SCHEMES } from './references.ts';
import type { Place, TreeNode } from './tree.ts';

export interface SourceOptions {
  /** Merged left to right. */
  readonly uris: readonly string[];
  /** `KEY=VALUE` of `--set`, over all URIs. */
  readonly sets: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Told of each file that is read, for those who watch them. */
  readonly onFile?: (file: string) => void;
}

interface Source {
  readonly root?: TreeNode;
  readonly faults: readonly Fault[];
}

/**
 * @returns every fault of every source; the tree holds what could be read. `complete`: every config could, so that what
 * is missing is truly missing.
 */
export function loadSources(options: SourceOptions): { root: TreeNode; faults: Fault[]; complete: boolean } {
  const uris = options.uris.map((uri) => loadUri(uri, options));
  const sources = [...uris, ...options.sets.map((set) => loadSet(set))];
  const faults = sources.flatMap((source) => source.faults);
  if (sources.length === 0) faults.push({ file: '--config', message: 'expected at least one --config FILE' });
  const complete = sources.length > 0 && uris.every((source) => source.faults.length === 0);
  let root: TreeNode | undefined;
  for (const source of sources) {
    if (source.root !== undefined && !isEmpty(source.root)) root = mergeTrees(root, splitKeys(source.root));
  }
  const file = options.uris[0] ?? '--config';
  root ??= { kind: 'map', entries: new Map(), place: { file, line: 1, column: 1 } };
  return { root, faults, complete };
}

const isEmpty = (root: TreeNode): boolean => root.kind === 'scalar' && root.value === null;

function loadUri(uri: string, options: SourceOptions): Source {
  const [, scheme = 'file', content = uri] = /^([A-Za-z][A-Za-z0-9+.-]+):([^]*)$/.exec(uri) ?? [];
  if (scheme === 'file') return loadFile(content, options);
  if (scheme === 'env') return loadVariable(content, options);
  if (scheme === 'yaml') return parseSource(content, yamlPlace(content));
  const remote = scheme === 'http' || scheme === 'https';
  const message = remote ? remoteRefused(scheme) : `unknown scheme "${scheme}:"; known: ${SCHEMES}`;
  return { faults: [{ file: uri, message }] };
}

function loadFile(file: string, { cwd, onFile }: SourceOptions): Source {
  const path = isAbsolute(file) ? file : join(cwd, file);
  onFile?.(path);
  const { text, error } = readConfigFile(path);
  return text === undefined ? { faults: [{ file, message: `cannot be read: ${error}` }] } : parseSource(text, { file });
}

function loadVariable(name: string, { env }: SourceOptions): Source {
  const text = env[name];
  const file = `env:${name}`;
  if (text === undefined) return { faults: [{ file, message: `environment variable ${name} is not set` }] };
  return parseSource(text, { file });
}

/** Named by its key only: the value may be a secret. */
export const setName = (set: string): string => `--set ${set.split('=', 1)[0]}=…`;

function loadSet(set: string): Source {
  const split = set.indexOf('=');
  if (split < 1) return { faults: [{ file: '--set', message: `expected KEY=VALUE, got "${set}"` }] };
  const key = set.slice(0, split);
  return parseSource(`${key.replaceAll('.', '::')}: ${set.slice(split + 1)}`, { fixed: { file: setName(set) } });
}

/** A line in the command line tells nothing, unless the YAML has several. */
function yamlPlace(text: string): { file: string } | { fixed: Place } {
  const key = /^[^\s]*?(?=:?(?:\s|$))/.exec(text)?.[0] ?? '';
  const file = `yaml:${key}…`;
  return text.trim().includes('\n') ? { file } : { fixed: { file } };
}

function parseSource(text: string, at: { file: string } | { fixed: Place }): Source {
  const { root, errors } = parseTree(text, at);
  if (errors.length > 0) return { faults: errors };
  if (root.kind === 'map' || isEmpty(root)) return { root, faults: [] };
  return {
    faults: [{ ...root.place, message: `expected a map with receivers, exporters, service…, got a ${root.kind}` }],
  };
}
