/** `service`: pipelines and their references, extensions, telemetry. */
import type { Path, Report } from '../schema.ts';
import { describe, didYouMean, fail, isMap, list, object, string } from '../schema.ts';
import { parsePipelineId } from './component-id.ts';
import type { Signal } from '../component.ts';
import type { Parsed, Reports } from './parse-components.ts';
import { telemetrySchema } from './telemetry-schema.ts';
import type { AgentConfig, PipelineConfig, Section } from './types.ts';

/** Undefined where the whole section is wrong: then nothing is said of references into it. */
export type Defined = Readonly<Record<Section, ReadonlyMap<string, Parsed> | undefined>>;

const some = (noun: string) =>
  list(string(), { min: 1, doc: `Ids of ${noun}s.`, empty: `expected at least one ${noun}, got an empty list` });

const pipelineSchema = object({
  receivers: some('receiver'),
  processors: list(string(), { default: [], doc: 'Ids of processors, in the order of work.' }),
  exporters: some('exporter'),
});
const PIPELINE_SECTIONS = ['receivers', 'processors', 'exporters'] as const satisfies Section[];

/** Pipelines are a map with ids for keys, each checked on its own. */
export const serviceSchema = object({
  extensions: list(string(), { default: [], doc: 'Ids of extensions, in the order of start.' }),
  pipelines: pipelinesSchema(),
  telemetry: telemetrySchema,
});

function pipelinesSchema() {
  const expected = 'a map of pipelines such as metrics: {receivers: [ebpf], exporters: [prometheus]}';
  return {
    expected,
    doc: 'Pipelines by id: metrics, traces, metrics/NAME.',
    json: { type: 'object', additionalProperties: pipelineSchema.json, minProperties: 1 },
    items: pipelineSchema,
    parse: (value: unknown, path: Path, report: Report): readonly PipelineConfig[] | undefined => {
      if (!isMap(value)) return fail(report, path, `expected ${expected}, got ${describe(value)}`);
      const entries = Object.entries(value);
      if (entries.length === 0) report(path, `expected at least one pipeline: ${expected}`);
      const parsed = entries.map(([id, pipeline]) => parsePipeline(id, pipeline, [...path, id], report));
      return parsed.filter((pipeline) => pipeline !== undefined);
    },
  };
}

const once = (ids: readonly string[]): string[] => [...new Set(ids)];

function parsePipeline(id: string, value: unknown, path: Path, report: Report): PipelineConfig | undefined {
  const parsedId = parsePipelineId(id.trim());
  if (parsedId.error !== undefined) return fail(report, path, parsedId.error, 'key');
  const pipeline = pipelineSchema.parse(value, path, report);
  if (pipeline === undefined) return undefined;
  const { receivers, processors, exporters } = pipeline;
  return { id: id.trim(), signal: parsedId.type, receivers: once(receivers), processors, exporters: once(exporters) };
}

/** Every reference is checked, also where something else of `service` is wrong. @returns undefined only after a report. */
export function parseService(value: unknown, defined: Defined, reports: Reports): AgentConfig['service'] | undefined {
  const { report } = reports;
  const service = serviceSchema.parse(value, ['service'], report);
  if (!isMap(value)) return undefined;
  checkReferences(
    { section: 'extensions', value: value.extensions, path: ['service', 'extensions'] },
    defined,
    reports,
  );
  for (const [id, pipeline] of isMap(value.pipelines) ? Object.entries(value.pipelines) : []) {
    checkPipeline(id, pipeline, defined, reports);
  }
  return service;
}

interface References {
  readonly section: Section;
  /** A list of ids, unless the schema has complained of it. */
  readonly value: unknown;
  readonly path: Path;
  readonly signal?: Signal;
}

function checkPipeline(id: string, pipeline: unknown, defined: Defined, reports: Reports): void {
  const parsed = parsePipelineId(id.trim());
  if (!isMap(pipeline) || parsed.error !== undefined) return;
  for (const section of PIPELINE_SECTIONS) {
    const path = ['service', 'pipelines', id, section];
    checkReferences({ section, value: pipeline[section], path, signal: parsed.type }, defined, reports);
  }
}

function checkReferences(references: References, defined: Defined, { report, warn }: Reports): void {
  const { section, path } = references;
  const noun = section.slice(0, -1);
  const ids: unknown[] = Array.isArray(references.value) ? references.value : [];
  ids.forEach((id, i) => {
    if (typeof id !== 'string') return;
    const fault = referenceFault(references, id, defined[section]);
    if (fault !== undefined) report([...path, i], fault);
    if (ids.indexOf(id) === i) return;
    if (section === 'processors') report([...path, i], `${noun} "${id}" is there twice`);
    else warn([...path, i], `${noun} "${id}" is there twice: counts once`);
  });
}

function referenceFault({ section, signal }: References, id: string, known: Defined[Section]): string | undefined {
  if (known === undefined) return undefined;
  const noun = section.slice(0, -1);
  const found = known.get(id);
  if (found === undefined) {
    const all = known.size === 0 ? `; no ${section} are configured` : `; configured: ${[...known.keys()].join(', ')}`;
    return `references ${noun} "${id}" which is not configured${didYouMean(id, [...known.keys()]) || all}`;
  }
  if (found === 'faulty' || signal === undefined || found.factory.signals.includes(signal)) return undefined;
  return `${noun} "${id}" is not for ${signal}: type ${found.type} takes ${found.factory.signals.join(', ')}`;
}
