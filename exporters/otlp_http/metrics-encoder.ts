/**
 * ExportMetricsServiceRequest straight from columns. Lengths are sums of cached ones and known before, so every message is
 * written once, front to back; the bytes equal those of OpenTelemetry's own `ProtobufMetricsSerializer`.
 */
import { ValueType } from '@opentelemetry/api';
import type { FamilySlice, ScopeSlices } from '../../src/batch-slice.ts';
import { countRows, groupByScope, numberType, sliceBatch } from '../../src/batch-slice.ts';
import type { MetricBatch, MetricFamily, Series } from '../../src/metric-batch.ts';
import { AttributeCache, writeAttributes } from './attributes.ts';
import type { EncodedPart, PointWriter } from './encoding.ts';
import { HistogramPoints } from './histogram-points.ts';
import { NumberPoints } from './number-points.ts';
import { LENGTH_DELIMITED, ProtobufWriter, VARINT, varintSize } from './protobuf-writer.ts';

/** A message whose length is known: what stands before the points, the points, what stands after them. */
interface MetricPlan {
  readonly slice: FamilySlice;
  readonly points: PointWriter;
  readonly head: Uint8Array;
  readonly dataField: number;
  readonly pointsLength: number;
  readonly tail: Uint8Array;
  readonly length: number;
}

/** A point writer may write this many bytes past its points. */
const OVERWRITE = 3;
const fieldSize = (length: number): number => 1 + varintSize(length) + length;
const sum = (lengths: readonly number[]): number => lengths.reduce((total, length) => total + length, 0);

/** AGGREGATION_TEMPORALITY_CUMULATIVE, and is_monotonic after it. */
const CUMULATIVE = Uint8Array.of((2 << 3) | VARINT, 2);
const CUMULATIVE_MONOTONIC = Uint8Array.of(...CUMULATIVE, (3 << 3) | VARINT, 1);
const DATA = {
  gauge: { field: 5, tail: new Uint8Array(0) },
  counter: { field: 7, tail: CUMULATIVE_MONOTONIC },
  histogram: { field: 9, tail: CUMULATIVE },
};

/** Keeps the encoded attributes of the series that it has seen; one encoder per source. */
export class MetricsEncoder {
  readonly #caches = new WeakMap<Series, { number?: AttributeCache; histogram?: AttributeCache }>();
  readonly #out = new ProtobufWriter();

  /**
   * One request for each part of at most about `maxBytes`. The bytes lie in this encoder's buffer and are valid until
   * the next call; the batch is not needed any more.
   */
  encode(batch: MetricBatch, maxBytes: number): EncodedPart[] {
    const writers = new Map(batch.families.map((family) => [family, this.#points(family, batch.timeUnixNano)]));
    const pointsOf = (family: MetricFamily): PointWriter => writers.get(family) as PointWriter;
    const parts = sliceBatch(batch, maxBytes, (family) => {
      const points = pointsOf(family);
      return (row) => points.size(row);
    });
    this.#out.pos = 0;
    const ends = parts.map((slices) => {
      writeRequest(this.#out, batch, slices, pointsOf);
      return { items: countRows(slices), end: this.#out.pos };
    });
    return ends.map(({ items, end }, i) => ({ items, bytes: this.#out.bytes.subarray(ends[i - 1]?.end ?? 0, end) }));
  }

  #points(family: MetricFamily, timeUnixNano: bigint): PointWriter {
    const caches = this.#caches.get(family.series) ?? {};
    this.#caches.set(family.series, caches);
    const histogram = family.kind === 'histogram';
    const cache = histogram ? (caches.histogram ??= new AttributeCache(9)) : (caches.number ??= new AttributeCache(7));
    cache.refresh(family.series, family.ids, family.rows);
    return histogram
      ? new HistogramPoints(family, cache, timeUnixNano)
      : new NumberPoints(family, cache, timeUnixNano, numberType(family) === ValueType.INT);
  }
}

function writeRequest(
  out: ProtobufWriter,
  batch: MetricBatch,
  slices: readonly FamilySlice[],
  pointsOf: (family: MetricFamily) => PointWriter,
): void {
  const resource = encodeResource(batch);
  const scopes = groupByScope(slices).map((group) => {
    const head = encodeScope(group);
    const metrics = group.slices.map((slice) => planMetric(slice, pointsOf(slice.family)));
    return { head, metrics, length: head.length + sum(metrics.map(({ length }) => fieldSize(length))) };
  });
  const length = resource.length + sum(scopes.map((scope) => fieldSize(scope.length)));
  out.reserve(fieldSize(length));
  writeHead(out, 1, length);
  out.raw(resource);
  for (const scope of scopes) {
    writeHead(out, 2, scope.length);
    out.raw(scope.head);
    for (const metric of scope.metrics) writeMetric(out, metric);
  }
}

function writeHead(out: ProtobufWriter, field: number, length: number): void {
  out.tag(field, LENGTH_DELIMITED);
  out.varint(length);
}

/** The count of dropped attributes, 0, is written though a reader would assume it: as the SDK does. */
function encodeResource({ resource }: MetricBatch): Uint8Array {
  const out = new ProtobufWriter();
  out.message(1, () => {
    writeAttributes(out, 1, resource);
    out.tag(2, VARINT);
    out.varint(0);
  });
  return out.written();
}

function encodeScope({ scope }: ScopeSlices): Uint8Array {
  const out = new ProtobufWriter();
  out.message(1, () => {
    out.string(1, scope.name);
    if (scope.version) out.string(2, scope.version);
  });
  return out.written();
}

function planMetric(slice: FamilySlice, points: PointWriter): MetricPlan {
  const { name, description, unit } = slice.family.descriptor;
  const head = new ProtobufWriter();
  head.string(1, name);
  if (description) head.string(2, description);
  if (unit) head.string(3, unit);
  const { field: dataField, tail } = DATA[slice.family.kind];
  let pointsLength = 0;
  for (let row = slice.from; row < slice.to; row++) pointsLength += points.size(row);
  const length = head.pos + fieldSize(pointsLength + tail.length);
  return { slice, points, head: head.written(), dataField, pointsLength, tail, length };
}

function writeMetric(out: ProtobufWriter, plan: MetricPlan): void {
  writeHead(out, 2, plan.length);
  out.raw(plan.head);
  writeHead(out, plan.dataField, plan.pointsLength + plan.tail.length);
  out.reserve(plan.pointsLength + OVERWRITE);
  plan.points.write(out, plan.slice.from, plan.slice.to);
  out.raw(plan.tail);
}
