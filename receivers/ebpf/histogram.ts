/** A histogram's buckets (spec/programs.md, "Histograms"): bounds, and which column a bucket number goes to. */
import type { HistogramConfig } from './program-config.ts';

export interface Buckets {
  /** Upper bounds, inclusive, times the multiplier, ascending. */
  readonly bounds: Float64Array;
  readonly multiplier: number;
  /** Column of a bucket number in a row of `bounds.length + 2`: its count, or the sum; -1: no such bucket. */
  column(bucket: number): number;
}

type Range = Pick<HistogramConfig, 'bucket_type' | 'bucket_min' | 'bucket_max' | 'bucket_keys' | 'bucket_multiplier'>;

export function buckets(config: Range): Buckets {
  const multiplier = config.bucket_multiplier === 0 ? 1 : config.bucket_multiplier;
  const keys = config.bucket_type === 'fixed' ? config.bucket_keys : range(config.bucket_min, config.bucket_max);
  const bounds = Float64Array.from(keys, (key) => upperBound(config.bucket_type, key) * multiplier);
  const sumKey = keys[keys.length - 1] + 1;
  const columnOf = new Map(keys.map((key, column) => [key, column]));
  columnOf.set(sumKey, bounds.length + 1);
  return { bounds, multiplier, column: (bucket) => columnOf.get(bucket) ?? -1 };
}

function upperBound(type: Range['bucket_type'], bucket: number): number {
  if (type === 'exp2') return 2 ** bucket;
  if (type === 'exp2zero') return bucket === 0 ? 0 : 2 ** (bucket - 1);
  return bucket;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Unsigned integer of 1 to 8 bytes in native order; above 2^53 rounded, which no bucket number is. */
export function bucketNumber(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[offset + i];
  return value;
}
