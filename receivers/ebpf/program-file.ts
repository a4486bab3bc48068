/** Finds a program's pair `NAME.yaml` + `NAME.bpf.o` and checks the one against the other. Needs no privilege. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MapInfo } from '../../native/index.ts';
import { BpfObject } from '../../native/index.ts';
import type { Fault } from '../../src/component.ts';
import { checkDecoders } from '../../src/decoder-specs.ts';
import type { Path, Report } from '../../src/schema.ts';
import { didYouMean } from '../../src/schema.ts';
import { parseYaml } from '../../src/yaml-document.ts';
import { checkCgroupIdMap } from './cgroup-id-map.ts';
import { planReaders } from './family-readers.ts';
import type { LabelConfig, ProgramConfig } from './program-config.ts';
import { programSchema } from './program-config.ts';

/** Folder of the programs that ship with the agent. */
export const SHIPPED_PROGRAMS = join(import.meta.dirname, 'programs');

export interface ProgramFile {
  readonly name: string;
  readonly yamlFile: string;
  readonly objectFile: string;
  /** Names of the object's maps. */
  readonly maps: readonly string[];
  readonly config: ProgramConfig;
}

export type Checked =
  | { readonly file: ProgramFile; readonly faults: readonly [] }
  | { readonly file?: undefined; readonly faults: readonly Fault[] };

/** `DIR/NAME.yaml`, as users have it, or `DIR/NAME/NAME.yaml`, as the shipped programs are laid out. */
export function findProgram(folder: string, name: string): { yamlFile: string; objectFile: string } {
  const nested = join(folder, name);
  const base = existsSync(join(folder, `${name}.yaml`))
    ? folder
    : existsSync(join(nested, `${name}.yaml`))
      ? nested
      : folder;
  return { yamlFile: join(base, `${name}.yaml`), objectFile: join(base, `${name}.bpf.o`) };
}

/** Metrics of the programs of one receiver that were checked so far, by name. */
export type MetricNames = Map<string, { readonly kind: string; readonly program: string }>;

/**
 * Reads and checks one pair; every fault at once, with its place.
 *
 * Programs may share a metric's name: it is one metric with the series of both, and of equal series the first program's
 * is shown. It must be of one kind, so the later program of another kind is refused.
 * @param names of the programs checked before; those of this one are added.
 */
export function checkProgram(folder: string, name: string, names: MetricNames = new Map()): Checked {
  const { yamlFile, objectFile } = findProgram(folder, name);
  const text = readText(yamlFile);
  if (text === undefined) {
    return { faults: [{ file: yamlFile, message: `no such program config${didYouMean(name, programNames(folder))}` }] };
  }
  const document = parseYaml(text, yamlFile);
  const faults: Fault[] = [...document.errors];
  const report: Report = (path, message, part) =>
    faults.push({ ...document.locate(path, part), path: path.join('::'), message });
  const config = faults.length === 0 ? programSchema.parse(document.value, [], report) : undefined;
  if (config !== undefined) {
    checkLabels(config, report);
    checkNames(name, config, names, report);
  }
  const maps = readMaps(objectFile, faults);
  if (config !== undefined && maps !== undefined) checkMaps(name, config, maps, report);
  if (faults.length > 0 || config === undefined || maps === undefined) return { faults };
  return { file: { name, yamlFile, objectFile, maps: maps.map((map) => map.name), config }, faults: [] };
}

function checkMaps(name: string, config: ProgramConfig, maps: readonly MapInfo[], report: Report): void {
  planReaders(config, name, { name }, maps, report);
  if (config.cgroup_id_map === undefined) return;
  checkCgroupIdMap(config.cgroup_id_map, maps, (path, message) => report(['cgroup_id_map', ...path], message));
}

/** Names of the programs in a folder, for near misses and `doctor`. */
export function programNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return existsSync(join(folder, entry.name, `${entry.name}.yaml`)) ? [entry.name] : [];
    return entry.name.endsWith('.yaml') ? [entry.name.slice(0, -'.yaml'.length)] : [];
  });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readMaps(objectFile: string, faults: Fault[]): readonly MapInfo[] | undefined {
  try {
    const object = BpfObject.open(objectFile);
    object.close();
    return object.maps;
  } catch (error) {
    faults.push({ file: objectFile, message: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function checkNames(program: string, { metrics }: ProgramConfig, names: MetricNames, report: Report): void {
  for (const kind of ['counters', 'gauges', 'histograms'] as const) {
    metrics[kind].forEach(({ name }, i) => {
      const before = names.get(name);
      if (before === undefined) names.set(name, { kind, program });
      else if (before.kind !== kind)
        report(
          ['metrics', kind, i, 'name'],
          `metric "${name}" is among the ${before.kind} of program "${before.program}": one name is of one kind`,
        );
    });
  }
}

function checkLabels({ metrics, tracing }: ProgramConfig, report: Report): void {
  const check = (labels: readonly LabelConfig[], at: Path): void =>
    labels.forEach((label, i) => {
      for (const message of checkDecoders(label)) report([...at, 'labels', i], message);
    });
  metrics.counters.forEach(({ labels }, i) => check(labels, ['metrics', 'counters', i]));
  metrics.gauges.forEach(({ labels }, i) => check(labels, ['metrics', 'gauges', i]));
  metrics.histograms.forEach(({ labels }, i) => check(labels, ['metrics', 'histograms', i]));
  tracing.spans.forEach(({ labels }, i) => check(labels, ['tracing', 'spans', i]));
}
