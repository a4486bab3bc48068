/** Types that the encoders share. */
import type { ProtobufWriter } from './protobuf-writer.ts';

/** The body of one request, not compressed yet, and how many data points or spans it carries. */
export interface EncodedPart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly items: number;
}

/** Writes the rows of one family as data points. */
export interface PointWriter {
  /** Bytes of the row's data point, with its tag and length. */
  size(row: number): number;
  /** Rows `from` up to, not including, `to`. `out` has room for them and three bytes more. */
  write(out: ProtobufWriter, from: number, to: number): void;
}
