// What the Collector's debug exporter writes at `verbosity: detailed`, read back: the OTLP that really arrived.

export interface ReceivedPoint {
  attributes: Map<string, string>;
  startTimeUnixMs: number;
  bounds: number[];
}

export interface ReceivedMetric {
  name: string;
  unit: string;
  dataType: string;
  isMonotonic: boolean;
  temporality: string;
  points: ReceivedPoint[];
}

export interface Received {
  resource: Map<string, string>;
  metrics: Map<string, ReceivedMetric>;
}

/** All resources in the output, in their order; each push repeats them. */
export function parseReceived(output: string): Received[] {
  return output
    .split(/^ResourceMetrics #\d+$/m)
    .slice(1)
    .map(parseResource);
}

function parseResource(text: string): Received {
  const [head = '', ...metrics] = text.split(/^Metric #\d+$/m);
  const parsed = metrics.map(parseMetric);
  return {
    resource: attributesIn(head.split('ScopeMetrics #')[0] ?? ''),
    metrics: new Map(parsed.map((metric) => [metric.name, metric])),
  };
}

function parseMetric(text: string): ReceivedMetric {
  const [head = '', ...points] = text.split(/^(?:Number|Histogram|ExponentialHistogram)DataPoints #\d+$/m);
  const field = (name: string): string => new RegExp(`^ +-> ${name}: (.*)$`, 'm').exec(head)?.[1] ?? '';
  return {
    name: field('Name'),
    unit: field('Unit'),
    dataType: field('DataType'),
    isMonotonic: field('IsMonotonic') === 'true',
    temporality: field('AggregationTemporality'),
    points: points.map(parsePoint),
  };
}

function parsePoint(text: string): ReceivedPoint {
  const start = /^StartTimestamp: (\S+ \S+) /m.exec(text)?.[1] ?? '';
  return {
    attributes: attributesIn(text),
    startTimeUnixMs: Date.parse(`${start.replace(' ', 'T')}Z`),
    bounds: [...text.matchAll(/^ExplicitBounds #\d+: (.*)$/gm)].map(([, bound]) => Number(bound)),
  };
}

function attributesIn(text: string): Map<string, string> {
  const lines = text.matchAll(/^ +-> ([^:\n]+): (?:Str|Int|Double|Bool)\((.*)\)$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
}
