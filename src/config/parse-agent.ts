/** The whole config: from a located tree to what the agent is built from, with every fault at once. */
import type { Fault } from '../component.ts';
import type { Report } from '../schema.ts';
import { describe, didYouMean, isMap } from '../schema.ts';
import type { CheckFiles, Parsed } from './parse-components.ts';
import { parseSection } from './parse-components.ts';
import { parseService } from './parse-service.ts';
import type { Defined } from './parse-service.ts';
import type { TreeNode } from './tree.ts';
import { faultAt, toValue } from './tree.ts';
import type { AgentConfig, ComponentConfig, ComponentConfigs, Components, Section } from './types.ts';

export const SECTIONS = ['receivers', 'processors', 'exporters', 'extensions'] as const satisfies Section[];
const TOP_LEVEL = [...SECTIONS, 'service'];

export interface ParsedAgent {
  /** Undefined when there are faults. */
  readonly config?: AgentConfig;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** @param checkFiles also what components find in the files that they name. */
export function parseAgentConfig(root: TreeNode, components: Components, checkFiles: CheckFiles): ParsedAgent {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const into = (list: Fault[]): Report => {
    return (path, message, part) => {
      const fault = faultAt(root, path, message, part);
      if (fault !== undefined) list.push(fault);
    };
  };
  const report = into(faults);
  const reports = {
    report,
    warn: into(warnings),
    faults: (more: readonly Fault[]) =>
      more.forEach((fault) => (fault.harmless === true ? warnings : faults).push(fault)),
    checkFiles,
  };
  const value = toValue(root);
  if (!isMap(value)) {
    report([], `expected a map, got ${describe(value)}`);
    return { faults, warnings };
  }
  checkTopLevel(value, report);
  const parse = (section: Section): Map<string, Parsed> | undefined =>
    parseSection(section, value[section], components[section], reports);
  const defined: Defined = {
    receivers: parse('receivers'),
    processors: parse('processors'),
    exporters: parse('exporters'),
    extensions: parse('extensions'),
  };
  const service = parseService(value.service ?? undefined, defined, reports);
  const broken = faults.length > 0 || service === undefined;
  return { config: broken ? undefined : { ...markUsed(defined, service), service }, faults, warnings };
}

function checkTopLevel(value: Record<string, unknown>, report: Report): void {
  for (const [key, section] of Object.entries(value)) {
    if (key === 'connectors') {
      const empty = section === null || (isMap(section) && Object.keys(section).length === 0);
      if (!empty) report([key], 'this agent has no connectors', 'key');
    } else if (!TOP_LEVEL.includes(key)) {
      const near = didYouMean(key, TOP_LEVEL) || `; known keys: ${TOP_LEVEL.join(', ')}`;
      report([key], `unknown key "${key}"${near}`, 'key');
    }
  }
}

function markUsed(defined: Defined, service: AgentConfig['service']): ComponentConfigs {
  const mark = (section: Section): Map<string, ComponentConfig> => {
    const inPipelines = service.pipelines.flatMap((pipeline) => (section === 'extensions' ? [] : pipeline[section]));
    const used = new Set(section === 'extensions' ? service.extensions : inPipelines);
    const entries = [...(defined[section] ?? [])].filter((entry) => entry[1] !== 'faulty') as [
      string,
      Omit<ComponentConfig, 'used'>,
    ][];
    return new Map(entries.map(([id, parsed]) => [id, { ...parsed, used: used.has(id) }]));
  };
  return {
    receivers: mark('receivers'),
    processors: mark('processors'),
    exporters: mark('exporters'),
    extensions: mark('extensions'),
  };
}
