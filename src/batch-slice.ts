/** What push exporters share about batches: parts of bounded size, grouping by scope, and the OTLP type of a number. */
import { ValueType } from '@opentelemetry/api';
import type { InstrumentationScope, MetricBatch, MetricFamily } from './metric-batch.ts';

/** Rows `from` up to, not including, `to` of a family. As valid as the batch that it is of. */
export interface FamilySlice {
  readonly family: MetricFamily;
  readonly from: number;
  readonly to: number;
}

export interface ScopeSlices {
  readonly scope: InstrumentationScope;
  readonly slices: FamilySlice[];
}

/** The families of a batch whole; those without a row are left out, as OTLP has no use for a metric without points. */
export const wholeBatch = (batch: MetricBatch): FamilySlice[] =>
  batch.families.filter(({ rows }) => rows > 0).map((family) => ({ family, from: 0, to: family.rows }));

/**
 * Cuts a batch, in order, into parts whose rows cost at most `limit` together; a row that costs more is a part alone.
 * `costOf` is asked once per family for the cost of its rows, in whatever unit `limit` is.
 */
export function sliceBatch(
  batch: MetricBatch,
  limit: number,
  costOf: (family: MetricFamily) => (row: number) => number,
): FamilySlice[][] {
  const parts: FamilySlice[][] = [[]];
  let spent = 0;
  for (const { family, to } of wholeBatch(batch)) {
    const cost = costOf(family);
    let from = 0;
    for (let row = 0; row < to; row++) {
      const price = cost(row);
      if (spent > 0 && spent + price > limit) {
        if (row > from) parts.at(-1)?.push({ family, from, to: row });
        parts.push([]);
        from = row;
        spent = 0;
      }
      spent += price;
    }
    parts.at(-1)?.push({ family, from, to });
  }
  return parts.filter((part) => part.length > 0);
}

/** Slices by the scope they belong to, both in the order of first appearance. */
export function groupByScope(slices: readonly FamilySlice[]): ScopeSlices[] {
  const scopes = new Map<string, ScopeSlices>();
  for (const slice of slices) {
    const { scope } = slice.family;
    const key = JSON.stringify([scope.name, scope.version]);
    const group = scopes.get(key) ?? { scope, slices: [] };
    group.slices.push(slice);
    scopes.set(key, group);
  }
  return [...scopes.values()];
}

/** Data points of some slices, as OpenTelemetry counts them: a histogram row is one point. */
export const countRows = (slices: readonly FamilySlice[]): number =>
  slices.reduce((sum, { from, to }) => sum + to - from, 0);

const INT64_LIMIT = 2 ** 63;

/**
 * The type of a family's numbers in OTLP: what its descriptor says, but DOUBLE where one of the values is no int64 (a u64
 * counter from 2^63 on, a fraction), which `as_int` would turn into another number.
 */
export function numberType(family: MetricFamily): ValueType {
  const { descriptor, values, rows } = family;
  if (descriptor.valueType === ValueType.DOUBLE || family.kind === 'histogram') return descriptor.valueType;
  for (let row = 0; row < rows; row++) {
    const value = values[row];
    if (!(Math.trunc(value) === value && value < INT64_LIMIT && value >= -INT64_LIMIT)) return ValueType.DOUBLE;
  }
  return ValueType.INT;
}
