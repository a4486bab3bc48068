/** `cgroup`: adds to series that have a cgroup's path what the path says. Fresh series only, each path parsed once. */
import type { Attributes } from '@opentelemetry/api';
import type { Processor, SpanBatch } from '../../src/component.ts';
import type { MetricBatch, Series } from '../../src/metric-batch.ts';
import type { CgroupFacts } from './cgroup-path.ts';
import { cgroupFacts } from './cgroup-path.ts';
import type { CgroupConfig } from './index.ts';

/** In the order in which they are added. */
const FACT: Readonly<Record<keyof CgroupConfig['attributes'], keyof CgroupFacts>> = {
  'container.id': 'containerId',
  'container.runtime.name': 'runtime',
  'k8s.pod.uid': 'podUid',
  'systemd.unit': 'unit',
  'systemd.slice': 'slice',
  'systemd.user_unit': 'userUnit',
};
/** Paths kept; when there are more, all are parsed anew. */
const MAX_PATHS = 16_384;

export class CgroupProcessor implements Processor {
  readonly #from: readonly string[];
  readonly #enabled: readonly (readonly [attribute: string, fact: keyof CgroupFacts])[];
  readonly #byPath = new Map<string, Attributes>();

  constructor(config: CgroupConfig) {
    this.#from = config.from_attributes;
    const entries = Object.entries(FACT) as [keyof typeof FACT, keyof CgroupFacts][];
    this.#enabled = entries.filter(([attribute]) => config.attributes[attribute].enabled);
  }

  /** Paths kept now. */
  get paths(): number {
    return this.#byPath.size;
  }

  process(batch: MetricBatch): void {
    for (const { series } of batch.families) for (const id of series.fresh) this.#add(series, id);
  }

  processSpans(batch: SpanBatch): void {
    for (const span of batch.spans) {
      const added = this.#of(span.attributes);
      if (added !== undefined) span.attributes = { ...span.attributes, ...added };
    }
  }

  #add(series: Series, id: number): void {
    const attributes = series.attributes[id];
    const added = attributes ? this.#of(attributes) : undefined;
    if (added !== undefined) series.attributes[id] = { ...attributes, ...added };
  }

  #of(attributes: Attributes): Attributes | undefined {
    const name = this.#from.find((from) => typeof attributes[from] === 'string');
    return name === undefined ? undefined : this.#lookUp(attributes[name] as string);
  }

  #lookUp(path: string): Attributes {
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const facts = cgroupFacts(path);
    const found = this.#enabled.filter(([, fact]) => facts[fact] !== undefined);
    const added = Object.fromEntries(found.map(([attribute, fact]) => [attribute, facts[fact]]));
    if (this.#byPath.size >= MAX_PATHS) this.#byPath.clear();
    this.#byPath.set(path, added);
    return added;
  }
}
