/** Labels that stand behind those of every series of a batch: scope, resource attributes where asked for, const_labels. */
import type { Attributes } from '@opentelemetry/api';
import type { InstrumentationScope, MetricBatch } from '../../src/metric-batch.ts';
import { joinLabels, labelMap } from './label-text.ts';

export interface Tail {
  /** `a="x",b="y"`, or ''. */
  readonly text: string;
  readonly labels: ReadonlyMap<string, string>;
}

export interface TailOptions {
  readonly scopeInfo: boolean;
  /** Which resource attributes become labels. */
  readonly isLabel: (resourceAttribute: string) => boolean;
  readonly constLabels: Attributes;
}

/** The tails of one batch, by scope. */
export class Tails {
  readonly #options: TailOptions;
  readonly #behindScope: ReadonlyMap<string, string>;
  readonly #known = new Map<string, Tail>();

  constructor(batch: MetricBatch, options: TailOptions) {
    this.#options = options;
    const resource = Object.entries(batch.resource).filter(([key]) => options.isLabel(key));
    this.#behindScope = labelMap({ ...Object.fromEntries(resource), ...options.constLabels });
  }

  of({ name, version }: InstrumentationScope): Tail {
    const key = JSON.stringify([name, version]);
    const tail = this.#known.get(key) ?? this.#make(name, version);
    this.#known.set(key, tail);
    return tail;
  }

  #make(name: string, version: string | undefined): Tail {
    const scope = { 'otel.scope.name': name, ...(version ? { 'otel.scope.version': version } : {}) };
    const labels = new Map([...(this.#options.scopeInfo ? labelMap(scope) : []), ...this.#behindScope]);
    return { text: joinLabels(labels), labels };
  }
}

/** No series with the one can have the same labels as a series with the other. */
export function areDisjoint(a: Tail, b: Tail): boolean {
  for (const [name, value] of a.labels) if (b.labels.has(name) && b.labels.get(name) !== value) return true;
  return false;
}
