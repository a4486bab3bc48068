/** The sections `receivers`, `processors`, `exporters`, `extensions`: ids to factories and parsed configs. */
import type { Component, Factory, Fault } from '../component.ts';
import type { Path, Report } from '../schema.ts';
import { describe, didYouMean, fail, isMap } from '../schema.ts';
import { parseId } from './component-id.ts';
import type { ComponentConfig, Section } from './types.ts';

export type AnyFactory = Factory<unknown, Component>;

/** Whether files that components name are checked, and whether the kernel is asked about what is in them. */
export type CheckFiles = boolean | 'load';

/** Told by path, like faults, but they stop nothing. */
export interface Reports {
  readonly report: Report;
  readonly warn: Report;
  /** Faults in other files that a component's config names. */
  readonly faults: (faults: readonly Fault[]) => void;
  readonly checkFiles: CheckFiles;
}

/** A component whose config has faults: known to references, so that these are not reported as undefined. */
export type Parsed = Omit<ComponentConfig, 'used'> | 'faulty';

/** @returns undefined after a report that there are no components to speak of. */
export function parseSection(
  section: Section,
  value: unknown,
  factories: readonly AnyFactory[],
  reports: Reports,
): Map<string, Parsed> | undefined {
  const parsed = new Map<string, Parsed>();
  if (value === undefined || value === null) return parsed;
  if (!isMap(value)) return fail(reports.report, [section], `expected a map of ${section}, got ${describe(value)}`);
  for (const [id, config] of Object.entries(value)) {
    parsed.set(id.trim(), parseComponent(section, id, config, factories, reports) ?? 'faulty');
  }
  return parsed;
}

function parseComponent(
  section: Section,
  id: string,
  value: unknown,
  factories: readonly AnyFactory[],
  reports: Reports,
): Parsed | undefined {
  const path: Path = [section, id];
  const parsedId = parseId(id.trim());
  if (parsedId.error !== undefined) return fail(reports.report, path, parsedId.error, 'key');
  const factory = findFactory(factories, parsedId.type);
  if (factory === undefined) return fail(reports.report, path, unknownType(section, parsedId.type, factories), 'key');
  if (factory.type !== parsedId.type) {
    reports.warn(path, `"${parsedId.type}" is the old name of "${factory.type}" and may go away`, 'key');
  }
  const config = factory.config.parse(value, path, reports.report);
  if (config === undefined) return undefined;
  if (reports.checkFiles !== false) {
    reports.faults(factory.validate?.(config, { load: reports.checkFiles === 'load' }) ?? []);
  }
  return { id: id.trim(), type: factory.type, factory, config };
}

export const findFactory = (factories: readonly AnyFactory[], type: string): AnyFactory | undefined =>
  factories.find((factory) => factory.type === type || factory.aliases?.includes(type));

function unknownType(section: Section, type: string, factories: readonly AnyFactory[]): string {
  const noun = section.slice(0, -1);
  const known = factories.map((factory) => factory.type).sort();
  const near = didYouMean(
    type,
    factories.flatMap((factory) => [factory.type, ...(factory.aliases ?? [])]),
  );
  return `unknown ${noun} type "${type}"${near}; this agent has ${known.length === 0 ? `no ${section}` : known.join(', ')}`;
}
