/** Where each label lies in a map's key: from the YAML's sizes, checked against BTF, or from BTF alone. */
import type { MapInfo, TypeLayout } from '../../native/index.ts';
import type { KeyLabel } from '../../src/metric-batch.ts';
import type { Report } from '../../src/schema.ts';
import { didYouMean } from '../../src/schema.ts';
import type { LabelConfig } from './program-config.ts';

export interface KeyLayout {
  readonly labels: readonly KeyLabel[];
  /** Each CPU has its own data point: a u16 CPU number follows the map's key. */
  readonly eachCpu: boolean;
}

const CPU_BYTES = 2;

export const isPerCpu = (map: MapInfo): boolean => map.type.includes('percpu');

/** @param report is given paths relative to the metric. @returns undefined when it reported. */
export function keyLayout(labels: readonly LabelConfig[], map: MapInfo, report: Report): KeyLayout | undefined {
  const eachCpu = isPerCpu(map) && labels.at(-1)?.name === 'cpu';
  const own = eachCpu ? labels.slice(0, -1) : labels;
  const faults: string[] = [];
  const refuse: Report = (path, message) => {
    faults.push(message);
    report(path, message);
  };
  checkNames(labels, refuse);
  const placed = own.some(({ size }) => size === undefined) ? fromBtf(own, map, refuse) : inOrder(own);
  const cpuSize = eachCpu ? (labels.at(-1)?.size ?? CPU_BYTES) : CPU_BYTES;
  if (cpuSize !== CPU_BYTES)
    refuse(['labels', labels.length - 1, 'size'], `the cpu label of a per-CPU map has size 2, got ${cpuSize}`);
  if (faults.length === 0) checkCoverage(own, map, refuse);
  if (faults.length > 0) return undefined;
  const cpu = eachCpu ? [keyLabel(labels[labels.length - 1], map.keySize, CPU_BYTES)] : [];
  return { labels: [...placed, ...cpu], eachCpu };
}

const keyLabel = ({ name, decoders }: LabelConfig, offset: number, size: number): KeyLabel => ({
  name,
  offset,
  size,
  decoders,
});

function inOrder(labels: readonly LabelConfig[]): KeyLabel[] {
  let offset = 0;
  return labels.map((label) => {
    const placed = keyLabel(label, offset, label.size ?? 0);
    offset += placed.size + label.padding;
    return placed;
  });
}

/** Labels of a PERF_EVENT_ARRAY counter or a ring buffer record: the leading bytes, in order. */
export const keyLayoutOfEvents = (labels: readonly LabelConfig[]): readonly KeyLabel[] => inOrder(labels);

function fromBtf(labels: readonly LabelConfig[], map: MapInfo, report: Report): KeyLabel[] {
  const members = map.key?.members ?? [];
  const scalar = members.length === 0 && labels.length === 1;
  return labels.map((label, i) => {
    const member = members.find(({ name }) => name === label.name);
    if (member !== undefined) return keyLabel(label, member.offset, label.size ?? member.type.size);
    if (scalar) return keyLabel(label, 0, label.size ?? map.keySize);
    const names = members.map(({ name }) => name);
    const known =
      names.length > 0
        ? `${didYouMean(label.name, names)}; its members: ${names.join(', ')}`
        : '; the object has no BTF for it';
    report(
      ['labels', i],
      `"size" is required, since the key of map "${map.name}" has no member "${label.name}"${known}`,
    );
    return keyLabel(label, 0, 0);
  });
}

function checkCoverage(labels: readonly LabelConfig[], map: MapInfo, report: Report): void {
  if (labels.some(({ size }) => size === undefined)) return;
  const covered = labels.reduce((sum, { size = 0, padding }) => sum + size + padding, 0);
  if (labels.length === 0 && map.keySize === 4) return;
  if (covered === map.keySize) return;
  const key = map.key === undefined ? '' : ` (${describeType(map.key)})`;
  report(
    ['labels'],
    `labels cover ${covered} bytes (sizes and padding), but the key of map "${map.name}" has ${map.keySize}${key}`,
  );
}

function checkNames(labels: readonly LabelConfig[], report: Report): void {
  labels.forEach(({ name }, i) => {
    if (labels.findIndex((other) => other.name === name) < i)
      report(['labels', i, 'name'], `label "${name}" is there twice`);
  });
}

/** `struct key_t { pid: 4, comm: 16 }` */
export function describeType(type: TypeLayout): string {
  if (type.members === undefined) return `${type.name || type.kind}, ${type.size} bytes`;
  return `${type.kind} ${type.name} { ${type.members.map(({ name, type: { size } }) => `${name}: ${size}`).join(', ')} }`;
}
