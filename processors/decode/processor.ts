/** `decode`: from the bytes of map keys to attributes, once per series. In the steady state it touches nothing. */
import type { Processor, Settings } from '../../src/component.ts';
import type { MetricBatch, MetricFamily, Series } from '../../src/metric-batch.ts';
import type { DecodeMetrics } from './family-decoder.ts';
import { FamilyDecoder } from './family-decoder.ts';
import { Host } from './host/host.ts';
import type { DecodeConfig } from './index.ts';

export class DecodeProcessor implements Processor {
  readonly #settings: Settings;
  readonly #cacheSize: number;
  readonly #host: Host;
  readonly #metrics: DecodeMetrics;
  /** By the series table of a family: it goes when the receiver lets go of it. */
  readonly #families = new WeakMap<Series, FamilyDecoder>();

  constructor(settings: Settings, config: DecodeConfig) {
    const { telemetry } = settings;
    this.#settings = settings;
    this.#cacheSize = config.cache_size;
    this.#host = new Host({ rootPath: config.root_path, unknownCgroups: config.unknown_cgroups }, settings.logger);
    this.#metrics = {
      errors: telemetry.counter('decoder_errors_total', 'How many times keys failed to decode'),
      dropped: telemetry.counter(
        'otelcol_processor_decode_dropped_series',
        'Series left out: no regexp matched (regexp), or a decoder could not read its input (invalid_key)',
      ),
      cleaned: telemetry.counter(
        'otelcol_processor_decode_cleaned_labels',
        'Label values with bytes that are not UTF-8, replaced by U+FFFD',
      ),
    };
  }

  process(batch: MetricBatch): void {
    this.#host.begin();
    for (const family of batch.families)
      if (family.series.fresh.length > 0) this.#decoder(family).process(family.series);
  }

  #decoder(family: MetricFamily): FamilyDecoder {
    const known = this.#families.get(family.series);
    if (known !== undefined) return known;
    const made = new FamilyDecoder(family, this.#host, this.#cacheSize, this.#metrics, this.#settings.logger);
    this.#families.set(family.series, made);
    return made;
  }
}
