/** The labels of one metric or ring buffer: from bytes to attributes, with everything that is lost on the way counted. */
import type { Attributes } from '@opentelemetry/api';
import type { Logger, OwnMetric } from '../../src/component.ts';
import type { KeyLabel } from '../../src/metric-batch.ts';
import { Chain } from './chain.ts';
import type { Host } from './host/host.ts';

/** The agent's own numbers that decoding adds to. */
export interface DecodeMetrics {
  /** `decoder_errors_total`, which dashboards read. */
  readonly errors: OwnMetric;
  readonly dropped: OwnMetric;
  readonly cleaned: OwnMetric;
}

export interface DecodeSettings {
  readonly host: Host;
  readonly metrics: DecodeMetrics;
  readonly logger: Logger;
  /** Answers that each label may keep. */
  readonly cacheSize: number;
}

/** What a label belongs to, for counters and log lines. `metric` is the ring buffer's span name for spans. */
export interface Source {
  readonly config: string;
  readonly metric: string;
}

export class LabelDecoder {
  readonly #chains: readonly Chain[];
  /** Copied for each key, so that all attributes have one shape. */
  readonly #template: Readonly<Record<string, string>>;
  readonly #settings: DecodeSettings;
  readonly #of: Source;
  readonly #config: Attributes;
  readonly #told = new Set<Chain>();
  readonly #cleaned: Chain[] = [];
  #lost: { readonly chain: Chain; readonly reason: 'regexp' | 'invalid_key' } | undefined;
  #unsettled = false;

  constructor(labels: readonly KeyLabel[], of: Source, settings: DecodeSettings) {
    this.#chains = labels.map((label) => new Chain(label, settings.host, settings.cacheSize));
    this.#template = Object.fromEntries(labels.map(({ name }) => [name, '']));
    this.#settings = settings;
    this.#of = of;
    this.#config = Object.freeze({ config: of.config });
  }

  /** Whether another answer may come for the last key. */
  get unsettled(): boolean {
    return this.#unsettled;
  }

  /** Forgets cached answers that are too old. */
  age(): void {
    const now = performance.now();
    for (const chain of this.#chains) chain.age(now);
  }

  /** A new object in the order of the labels; `null`: to be left out. Counts nothing by itself. */
  decode(key: Uint8Array): Attributes | null {
    const attributes: Record<string, string> = { ...this.#template };
    this.#lost = undefined;
    this.#unsettled = false;
    this.#cleaned.length = 0;
    for (const chain of this.#chains) {
      const text = chain.text(key);
      if (text === null || text === undefined) return this.#lose(chain, text);
      attributes[chain.label.name] = text;
      this.#unsettled ||= chain.notes.unsettled;
      if (chain.notes.cleaned) this.#cleaned.push(chain);
    }
    return attributes;
  }

  /** Only this label decides: whatever the others come to say, the key stays lost. */
  #lose(chain: Chain, text: null | undefined): null {
    this.#lost = { chain, reason: text === null ? 'regexp' : 'invalid_key' };
    this.#unsettled = chain.notes.unsettled;
    return null;
  }

  /** Counts what the last `decode` lost or cleaned. */
  count(): void {
    const { metrics, logger } = this.#settings;
    for (const { label } of this.#cleaned) metrics.cleaned.add(1, { ...this.#of, label: label.name });
    if (this.#lost === undefined) return;
    const { chain, reason } = this.#lost;
    metrics.dropped.add(1, { ...this.#of, label: chain.label.name, reason });
    if (reason === 'regexp') return;
    metrics.errors.add(1, this.#config);
    if (this.#told.has(chain)) return;
    this.#told.add(chain);
    logger.warn('a key could not be decoded', { ...this.#of, label: chain.label.name, ...chain.failure });
  }
}
