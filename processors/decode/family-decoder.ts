/** Gives the fresh series of one family their attributes. */
import type { Attributes } from '@opentelemetry/api';
import type { Logger, OwnMetric } from '../../src/component.ts';
import type { MetricFamily, Series } from '../../src/metric-batch.ts';
import { Chain } from './chain.ts';
import type { Host } from './host/host.ts';

/** The agent's own numbers that decoding adds to. */
export interface DecodeMetrics {
  /** `decoder_errors_total`, which dashboards read. */
  readonly errors: OwnMetric;
  readonly dropped: OwnMetric;
  readonly cleaned: OwnMetric;
}

export class FamilyDecoder {
  readonly #chains: readonly Chain[];
  /** Copied for each series, so that all have one shape. */
  readonly #template: Readonly<Record<string, string>>;
  readonly #metrics: DecodeMetrics;
  readonly #logger: Logger;
  readonly #source: Attributes;
  readonly #of: { readonly config: string; readonly metric: string };
  readonly #told = new Set<string>();

  constructor(family: MetricFamily, host: Host, cacheSize: number, metrics: DecodeMetrics, logger: Logger) {
    const { labels } = family.series;
    this.#chains = labels.map((label) => new Chain(label, host, cacheSize));
    this.#template = Object.fromEntries(labels.map(({ name }) => [name, '']));
    this.#metrics = metrics;
    this.#logger = logger;
    this.#of = { config: family.source, metric: family.descriptor.name };
    this.#source = Object.freeze({ config: family.source });
  }

  /** Answers held by the caches. */
  get cached(): number {
    return this.#chains.reduce((sum, chain) => sum + chain.cached, 0);
  }

  process(series: Series): void {
    const now = performance.now();
    for (const chain of this.#chains) chain.age(now);
    for (const id of series.fresh) this.#decode(series, id);
  }

  #decode(series: Series, id: number): void {
    const key = series.key(id);
    const isNew = series.attributes[id] === undefined;
    const attributes: Record<string, string> = { ...this.#template };
    let unsettled = false;
    for (const chain of this.#chains) {
      const text = chain.text(key);
      if (text === null || text === undefined) return this.#drop(series, id, chain, text);
      attributes[chain.label.name] = text;
      unsettled ||= chain.notes.unsettled;
      if (chain.notes.cleaned && isNew) this.#metrics.cleaned.add(1, { ...this.#of, label: chain.label.name });
    }
    series.attributes[id] = attributes;
    if (unsettled) series.unsettled(id);
  }

  /** Counted once for a series, not each time that it is asked again. */
  #drop(series: Series, id: number, chain: Chain, text: null | undefined): void {
    const before = series.attributes[id];
    series.attributes[id] = null;
    if (chain.notes.unsettled) series.unsettled(id);
    if (before === null) return;
    const reason = text === null ? 'regexp' : 'invalid_key';
    this.#metrics.dropped.add(1, { ...this.#of, label: chain.label.name, reason });
    if (text === null) return;
    this.#metrics.errors.add(1, this.#source);
    if (!this.#told.has(chain.label.name)) this.#logger.warn('a key could not be decoded', this.#failed(chain));
    this.#told.add(chain.label.name);
  }

  #failed({ label, failure }: Chain): Record<string, unknown> {
    return { ...this.#of, label: label.name, decoder: failure?.decoder, reason: failure?.reason };
  }
}
