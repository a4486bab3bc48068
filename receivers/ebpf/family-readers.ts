/** The readers of a program's metrics: one per metric and scraper, checked against the object's maps before anything runs. */
import { ValueType } from '@opentelemetry/api';
import type { BpfObject, MapInfo } from '../../native/index.ts';
import type { InstrumentationScope, KeyLabel } from '../../src/metric-batch.ts';
import type { Report } from '../../src/schema.ts';
import { didYouMean } from '../../src/schema.ts';
import { buckets } from './histogram.ts';
import { describeType, isPerCpu, keyLayout } from './key-layout.ts';
import type { FamilyHead, FamilyReader, ReadOptions } from './map-family.ts';
import { HistogramReader, MaxOverCpus, ValueReader } from './map-family.ts';
import type {
  CounterConfig,
  GaugeConfig,
  HistogramConfig,
  LabelConfig,
  ProgramConfig,
  SpanConfig,
} from './program-config.ts';

/** What readers need of a loaded object; tests hand in recorded snapshots. */
export type MapSource = Pick<BpfObject, 'reader'>;

/** Makes the reader of one metric for one scraper. */
export interface ReaderPlan {
  readonly metric: string;
  readonly make: (object: MapSource, startTimeUnixNano: bigint, seriesLimit?: number) => FamilyReader;
}

const VALUE_BYTES = 8;
const ITERABLE = /^(lru_)?(percpu_)?hash$|^(percpu_)?array$|^hash_of_maps$|^lpm_trie$/;

/** Plans for all metrics that are read from maps; each fault is reported with its path in the YAML. */
export function planReaders(
  config: ProgramConfig,
  source: string,
  scope: InstrumentationScope,
  maps: readonly MapInfo[],
  report: Report,
): ReaderPlan[] {
  const { counters, gauges, histograms } = config.metrics;
  const at =
    (kind: string, i: number): Report =>
    (path, message) =>
      report(['metrics', kind, i, ...path], message);
  const plans = [
    ...counters.map((counter, i) =>
      counter.perf_event_array
        ? checkEvents(counter, maps, at('counters', i))
        : planValue('counter', counter, maps, at('counters', i)),
    ),
    ...gauges.map((gauge, i) => planValue('gauge', gauge, maps, at('gauges', i))),
    ...histograms.map((histogram, i) => planHistogram(histogram, maps, at('histograms', i))),
  ];
  config.tracing.spans.forEach((span, i) =>
    checkSpan(span, maps, (path, message) => report(['tracing', 'spans', i, ...path], message)),
  );
  return plans
    .filter((plan) => plan !== undefined)
    .map(({ kind, metric, make }) => ({
      metric: metric.name,
      make: (object, startTimeUnixNano, seriesLimit) =>
        make(object, { ...metricHead(kind, metric), source, scope, startTimeUnixNano }, seriesLimit),
    }));
}

interface Plan {
  readonly kind: FamilyHead['kind'];
  readonly metric: { readonly name: string; readonly help: string };
  readonly make: (object: MapSource, head: FamilyHead, seriesLimit?: number) => FamilyReader;
}

/** Program configs have no units, but names that follow Prometheus's conventions end in them (UCUM, for OTLP). */
const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_seconds(_total)?$/, 's'],
  [/_bytes(_total)?$/, 'By'],
  [/_ratio$/, '1'],
  [/_celsius$/, 'Cel'],
];
const unitOf = (name: string): string => UNITS.find(([ending]) => ending.test(name))?.[1] ?? '';

/** A metric's descriptor from its YAML. */
export const metricHead = (
  kind: FamilyHead['kind'],
  { name, help }: { readonly name: string; readonly help: string },
): Pick<FamilyHead, 'descriptor' | 'kind'> => ({
  kind,
  descriptor: {
    name,
    description: help,
    unit: unitOf(name),
    valueType: kind === 'counter' ? ValueType.INT : ValueType.DOUBLE,
  },
});

function planValue(
  kind: 'counter' | 'gauge',
  metric: CounterConfig | GaugeConfig,
  maps: readonly MapInfo[],
  report: Report,
): Plan | undefined {
  const map = findMap(metric.map ?? metric.name, maps, atMap(metric, report));
  const field = map === undefined ? undefined : valueField(map, metric.field, report);
  if (map === undefined || field === undefined) return undefined;
  const layout = keyLayout(metric.labels, map, report);
  if (layout === undefined) return undefined;
  if ('per_cpu' in metric && metric.per_cpu === 'max' && isPerCpu(map) && !layout.eachCpu) {
    return {
      kind,
      metric,
      make: (object, familyHead, seriesLimit) => {
        const reader = new MaxOverCpus(object.reader(map.name, { perCpu: 'each' }));
        return new ValueReader(familyHead, reader, layout.labels, field, readOptions(map, seriesLimit));
      },
    };
  }
  const perCpu = layout.eachCpu ? 'each' : 'sum';
  return {
    kind,
    metric,
    make: (object, familyHead, seriesLimit) => {
      const reader = object.reader(map.name, { perCpu });
      return new ValueReader(familyHead, reader, layout.labels, field, readOptions(map, seriesLimit));
    },
  };
}

const readOptions = (map: MapInfo, seriesLimit = 0): ReadOptions => ({
  map,
  seriesLimit,
  evicts: map.type.startsWith('lru_'),
});

/** A missing map is told where it is named. */
const atMap =
  ({ map }: CounterConfig | GaugeConfig, report: Report): Report =>
  (path, message) =>
    report(map === undefined ? path : ['map'], message);

/** Index of the u64 in a map's value that a metric shows; 0 where the value is one u64. */
function valueField(map: MapInfo, field: string | undefined, report: Report): number | undefined {
  if (field === undefined) return checkValue(map, report) ? 0 : undefined;
  const members = map.value?.members ?? [];
  const member = members.find(({ name }) => name === field);
  const names = members.map(({ name }) => name);
  if (member === undefined) {
    report(
      ['field'],
      `the value of map "${map.name}" has no member "${field}"${didYouMean(field, names) || `; its members: ${names.join(', ') || 'unknown, no BTF'}`}`,
    );
  } else if (
    member.type.size !== VALUE_BYTES ||
    member.offset % VALUE_BYTES !== 0 ||
    map.valueSize % VALUE_BYTES !== 0
  ) {
    report(
      ['field'],
      `member "${field}" of map "${map.name}" is ${describeType(member.type)} at byte ${member.offset}: expected an aligned u64`,
    );
  } else {
    return member.offset / VALUE_BYTES;
  }
  return undefined;
}

/** Event counters and spans are no map readers: they are only checked here. */
function checkEvents(metric: CounterConfig, maps: readonly MapInfo[], report: Report): undefined {
  if (findMap(metric.name, maps, report, /^perf_event_array$/) !== undefined) checkEventLabels(metric.labels, report);
}

function checkSpan(span: SpanConfig, maps: readonly MapInfo[], report: Report): void {
  const atRingbuf: Report = (_path, message) => report(['ringbuf'], message);
  if (findMap(span.ringbuf, maps, atRingbuf, /^ringbuf$/) !== undefined) checkEventLabels(span.labels, report);
}

function checkEventLabels(labels: readonly LabelConfig[], report: Report): void {
  labels.forEach(({ name, size }, i) => {
    if (size === undefined)
      report(['labels', i], `"size" is required: label "${name}" is bytes of an event, of which BTF says nothing`);
  });
}

function planHistogram(metric: HistogramConfig, maps: readonly MapInfo[], report: Report): Plan | undefined {
  const map = findMap(metric.name, maps, report);
  if (map === undefined || !checkValue(map, report)) return undefined;
  const layout = keyLayout(metric.labels, map, report);
  if (layout === undefined || !checkBucket(layout.labels, metric, report)) return undefined;
  const make = (object: MapSource, familyHead: FamilyHead, seriesLimit?: number): FamilyReader => {
    const reader = object.reader(map.name, { perCpu: 'sum' });
    return new HistogramReader(familyHead, reader, layout.labels, buckets(metric), readOptions(map, seriesLimit));
  };
  return { kind: 'histogram', metric, make };
}

function findMap(name: string, maps: readonly MapInfo[], report: Report, types = ITERABLE): MapInfo | undefined {
  const map = maps.find((candidate) => candidate.name === name);
  const names = maps.map((candidate) => candidate.name);
  const expected = types === ITERABLE ? 'hash, array, lru_hash or their percpu forms' : types.source.slice(1, -1);
  if (map === undefined)
    report(
      ['name'],
      `the object has no map "${name}"${didYouMean(name, names) || `; its maps: ${names.join(', ') || 'none'}`}`,
    );
  else if (!types.test(map.type)) report(['name'], `map "${name}" is a ${map.type}: expected ${expected}`);
  return map !== undefined && types.test(map.type) ? map : undefined;
}

function checkValue(map: MapInfo, report: Report): boolean {
  if (map.valueSize === VALUE_BYTES) return true;
  const field = map.value?.members === undefined ? '' : `, or a field of ${describeType(map.value)}`;
  report(['name'], `map "${map.name}" has values of ${map.valueSize} bytes: expected one u64 (8 bytes)${field}`);
  return false;
}

function checkBucket(labels: readonly KeyLabel[], metric: HistogramConfig, report: Report): boolean {
  const { size } = labels[labels.length - 1];
  if ([1, 2, 4, 8].includes(size)) return true;
  report(
    ['labels', metric.labels.length - 1, 'size'],
    `the bucket (last label) is an unsigned integer of 1, 2, 4 or 8 bytes, got ${size}`,
  );
  return false;
}
