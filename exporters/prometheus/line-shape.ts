/** What the lines of one family have in common, as bytes: names, the labels behind those of the series, `le`. */
import { goFloat, openMetricsFloat } from './go-float.ts';
import { NUMBER_BYTES, Segment } from './page-buffer.ts';

export type Format = 'text' | 'openmetrics';

/** One line is `head`, the labels of the series, `tail`, the number. Buckets: one tail for each bound and +Inf. */
export interface Segments {
  readonly head: Segment;
  readonly countHead: Segment;
  readonly sumHead: Segment;
  readonly bucketHead: Segment;
  readonly tail: Segment;
  readonly bucketTails: readonly Segment[];
}

export interface LineShape {
  readonly withLabels: Segments;
  /** For series that have no labels of their own. */
  readonly bare: Segments;
  /** Lines of a series, and the most bytes that these take besides labels and timestamps. */
  readonly lines: number;
  readonly room: number;
  /** Values of a series: MetricFamily's stride. */
  readonly width: number;
}

interface Described {
  readonly name: string;
  readonly histogram: boolean;
  readonly bounds: Float64Array;
  /** Labels behind those of the series, as `a="x"`; '' for none. */
  readonly tail: string;
}

/** The shapes of one family in both formats, each made when it is first asked for. */
export class LineShapes {
  readonly described: Described;
  readonly #made: { text?: LineShape; openmetrics?: LineShape } = {};

  constructor(described: Described) {
    this.described = described;
  }

  of(format: Format): LineShape {
    return (this.#made[format] ??= lineShape(this.described, format));
  }
}

/** What stands behind each number: a timestamp or none, and the line feed. OpenMetrics counts time in seconds. */
export class LineEnds {
  readonly #milliseconds: number | undefined;
  readonly #made: { text?: Segment; openmetrics?: Segment } = {};

  constructor(milliseconds?: number) {
    this.#milliseconds = milliseconds;
  }

  of(format: Format): Segment {
    return (this.#made[format] ??= this.#make(format));
  }

  #make(format: Format): Segment {
    const ms = this.#milliseconds;
    if (ms === undefined) return new Segment('\n');
    return new Segment(` ${format === 'text' ? ms : (ms / 1000).toFixed(3)}\n`);
  }
}

function lineShape(described: Described, format: Format): LineShape {
  const withLabels = segments(described, format, ['{', '}'], ',');
  const bare = segments(described, format, described.tail === '' ? ['', ''] : ['{', '}'], '');
  const { bucketTails, bucketHead, tail } = withLabels;
  const lines = described.histogram ? bucketTails.length + 2 : 1;
  const tails = bucketTails.reduce((sum, { length }) => sum + length, tail.length * 2);
  const width = described.histogram ? described.bounds.length + 2 : 1;
  return { withLabels, bare, lines, room: tails + lines * (bucketHead.length + NUMBER_BYTES), width };
}

/** @param comma between the labels of the series and the tail. */
function segments(
  { name, histogram, bounds, tail }: Described,
  format: Format,
  braces: string[],
  comma: string,
): Segments {
  const beforeLe = tail === '' ? comma : `${comma}${tail},`;
  return {
    head: new Segment(`${name}${braces[0]}`),
    countHead: new Segment(`${name}_count${braces[0]}`),
    sumHead: new Segment(`${name}_sum${braces[0]}`),
    bucketHead: new Segment(`${name}_bucket{`),
    tail: new Segment(`${tail === '' ? '' : comma}${tail}${braces[1]} `),
    bucketTails: histogram ? leTexts(bounds, format).map((le) => new Segment(`${beforeLe}le="${le}"} `)) : [],
  };
}

function leTexts(bounds: Float64Array, format: Format): string[] {
  const texts = Array.from(bounds, format === 'text' ? goFloat : openMetricsFloat);
  return bounds.at(-1) === Infinity ? texts : [...texts, '+Inf'];
}
