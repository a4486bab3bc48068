// The page once more: what the format says of configs and map entries, plain and slow, without the agent's code.
import type { Decoder } from './reference-decoders.ts';
import { decodeLabel } from './reference-decoders.ts';

export interface Label {
  name: string;
  size: number;
  padding?: number;
  decoders: Decoder[];
}

export interface Metric {
  name: string;
  help: string;
  labels: Label[];
  bucket_type?: 'exp2' | 'exp2zero' | 'linear' | 'fixed';
  bucket_min?: number;
  bucket_max?: number;
  bucket_multiplier?: number;
  bucket_keys?: number[];
}

/** An entry of a map: its key's bytes in hex, and its value. */
export type Entry = readonly [key: string, value: number];

type Labels = [name: string, value: string][];

const prefix = 'ebpf_exporter_';

function splitKey(key: Buffer, labels: Label[]): Labels | undefined {
  // A map's own key 0 stands before a CPU number that is the only label.
  let at = labels.length === 1 && labels[0].name === 'cpu' ? 4 : 0;
  const split: Labels = [];
  for (const { name, size, padding = 0, decoders } of labels) {
    const value = decodeLabel(key.subarray(at, at + size), decoders);
    if (value === undefined) return undefined;
    split.push([name, value]);
    at += size + padding;
  }
  return split;
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function sampleLine(name: string, labels: Labels, value: number): string {
  const list = labels.map(([label, text]) => `${label}="${escape(text)}"`).join(',');
  return `${prefix}${name}${list === '' ? '' : `{${list}}`} ${value}`;
}

function counter(metric: Metric, entries: readonly Entry[]): string[] {
  const series = new Map<string, { labels: Labels; value: number }>();
  for (const [key, value] of entries) {
    const labels = splitKey(Buffer.from(key, 'hex'), metric.labels);
    if (labels === undefined) continue;
    const id = JSON.stringify(labels);
    series.set(id, { labels, value: value + (series.get(id)?.value ?? 0) });
  }
  return [...series.values()].map(({ labels, value }) => sampleLine(metric.name, labels, value));
}

/** The numbers of the buckets, their upper bounds, and the number that stands for the sum. */
function buckets(metric: Metric): { keys: number[]; bounds: number[]; sum: number } {
  const { bucket_type, bucket_min = 0, bucket_max = 0, bucket_keys = [] } = metric;
  const all = Array.from({ length: bucket_max - bucket_min + 1 }, (_, i) => bucket_min + i);
  const keys = bucket_type === 'fixed' ? bucket_keys : all;
  const upper = (i: number): number => {
    if (bucket_type === 'exp2') return 2 ** i;
    if (bucket_type === 'exp2zero') return i === 0 ? 0 : 2 ** (i - 1);
    return i;
  };
  const multiplier = metric.bucket_multiplier || 1;
  return { keys, bounds: keys.map((key) => upper(key) * multiplier), sum: keys[keys.length - 1] + 1 };
}

/** As Go writes a number at its shortest: with an exponent below 10^-4 and from 10^21 or, for `le`, 10^6 on. */
function leText(bound: number): string {
  const [digits, exponent] = bound.toExponential().split('e');
  const power = Number(exponent);
  if (bound === 0 || (power >= -4 && power < 6)) return String(bound);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function histogram(metric: Metric, entries: readonly Entry[]): string[] {
  const { keys, bounds, sum } = buckets(metric);
  const multiplier = metric.bucket_multiplier || 1;
  const series = new Map<string, { labels: Labels; values: Map<number, number>; total: number }>();
  const own = metric.labels.slice(0, -1);
  const bucketSize = metric.labels[metric.labels.length - 1].size;
  for (const [hex, value] of entries) {
    const key = Buffer.from(hex, 'hex');
    const labels = splitKey(key, own);
    if (labels === undefined) continue;
    const bucket = key.readUIntLE(
      own.reduce((at, { size, padding = 0 }) => at + size + padding, 0),
      Math.min(bucketSize, 6),
    );
    const id = JSON.stringify(labels);
    const one = series.get(id) ?? { labels, values: new Map<number, number>(), total: 0 };
    // Scaled before they are added: the format leaves open how a sum of several keys is rounded.
    if (bucket === sum) one.total += value * multiplier;
    one.values.set(bucket, value + (one.values.get(bucket) ?? 0));
    series.set(id, one);
  }
  return [...series.values()].flatMap(({ labels, values, total }) => {
    let count = 0;
    const lines = keys.map((key, i) => {
      count += values.get(key) ?? 0;
      return sampleLine(`${metric.name}_bucket`, [...labels, ['le', leText(bounds[i])]], count);
    });
    const head = [sampleLine(`${metric.name}_count`, labels, count), sampleLine(`${metric.name}_sum`, labels, total)];
    return head.concat(lines, sampleLine(`${metric.name}_bucket`, [...labels, ['le', '+Inf']], count));
  });
}

/** The page of these metrics, counters before histograms. */
export function referencePage(metrics: readonly { metric: Metric; entries: readonly Entry[] }[]): string {
  const families = metrics.map(({ metric, entries }) => {
    const isHistogram = metric.bucket_type !== undefined;
    const samples = isHistogram ? histogram(metric, entries) : counter(metric, entries);
    const head = [
      `# HELP ${prefix}${metric.name} ${metric.help}`,
      `# TYPE ${prefix}${metric.name} ${isHistogram ? 'histogram' : 'counter'}`,
    ];
    return samples.length === 0 ? [] : [...head, ...samples];
  });
  return families
    .flat()
    .map((line) => `${line}\n`)
    .join('');
}
