/** The collector's configuration language: YAML sources to an `AgentConfig`, or every error with its place. */
import { formatFault, sortFaults, ConfigError } from './config/fault.ts';
import { expandTree } from './config/expand.ts';
import { parseAgentConfig } from './config/parse-agent.ts';
import { loadSources, setName } from './config/sources.ts';
import type { CheckFiles } from './config/parse-components.ts';
import type { SourceOptions } from './config/sources.ts';
import type { TreeNode } from './config/tree.ts';
import type { AgentConfig, Components } from './config/types.ts';

export { ConfigError, formatFault } from './config/fault.ts';
export type { SourceOptions } from './config/sources.ts';
export type { LogsConfig, TelemetryConfig } from './config/telemetry-schema.ts';
export type { AgentConfig, ComponentConfig, Components, PipelineConfig } from './config/types.ts';

export interface LoadOptions extends SourceOptions {
  readonly components: Components;
  /**
   * Whether faults of files that components name (a program's YAML, its object) are faults of the config, as `validate` tells
   * them. `run` leaves them to the component, which may go on without the one program. `load`: the kernel is asked about
   * them too. Default: true.
   */
  readonly checkFiles?: CheckFiles;
}
export interface LoadedDocument {
  /** Merged and expanded, with places. Holds secrets: print it through `redactConfig`. */
  readonly document: TreeNode;
  /** One line each. */
  readonly warnings: readonly string[];
}
export interface LoadedConfig extends LoadedDocument {
  readonly config: AgentConfig;
}

/** Reads, merges, expands; knows nothing of components. @throws ConfigError with every fault. */
export function loadDocument(options: SourceOptions): LoadedDocument {
  const { root, faults, warnings } = readDocument(options);
  if (faults.length > 0) throw new ConfigError(sortFaults(faults, fileNames(options)));
  return { document: root, warnings: warnings.map(formatFault) };
}

/** @throws ConfigError with every fault, sorted; nothing has been started. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const read = readDocument(options);
  const parsed = read.complete
    ? parseAgentConfig(read.root, options.components, options.checkFiles ?? true)
    : { faults: [], warnings: [] };
  const faults = [...read.faults, ...parsed.faults];
  if (faults.length > 0 || parsed.config === undefined) throw new ConfigError(sortFaults(faults, fileNames(options)));
  const warnings = sortFaults([...read.warnings, ...parsed.warnings], fileNames(options)).map(formatFault);
  return { config: parsed.config, warnings, document: read.root };
}

function readDocument(options: SourceOptions): ReturnType<typeof expandTree> & { complete: boolean } {
  const { root, faults, complete } = loadSources(options);
  const expanded = expandTree(root, options);
  return { ...expanded, faults: [...faults, ...expanded.faults], complete };
}

const fileNames = ({ uris, sets }: SourceOptions): string[] => [
  ...uris.map((uri) => uri.replace(/^file:/, '')),
  ...sets.map(setName),
];
