/** `decode`: from bytes to attributes, once per series (in the steady state it touches nothing) and once per span. */
import type { Attributes } from '@opentelemetry/api';
import type { Processor, Settings, SpanBatch, SpanRecords } from '../../src/component.ts';
import type { KeyLabel, MetricBatch, Series } from '../../src/metric-batch.ts';
import { MonotonicClock } from '../../src/monotonic-clock.ts';
import { toSpan } from '../../src/span-fields.ts';
import { Host } from './host/host.ts';
import type { DecodeConfig } from './index.ts';
import type { DecodeMetrics, DecodeSettings, Source } from './label-decoder.ts';
import { LabelDecoder } from './label-decoder.ts';

export class DecodeProcessor implements Processor {
  readonly #settings: DecodeSettings;
  /** By the series of a family, by the labels of a ring buffer: they go when the receiver lets go of them. */
  readonly #decoders = new WeakMap<Series | readonly KeyLabel[], LabelDecoder>();
  readonly #clock = new MonotonicClock();

  constructor({ telemetry, logger }: Settings, config: DecodeConfig) {
    const options = { rootPath: config.root_path, unknownCgroups: config.unknown_cgroups };
    this.#settings = {
      host: new Host(options, logger),
      logger,
      cacheSize: config.cache_size,
      metrics: ownMetrics(telemetry),
    };
  }

  process(batch: MetricBatch): void {
    this.#settings.host.begin();
    for (const { series, source, descriptor } of batch.families) {
      if (series.fresh.length === 0) continue;
      const decoder = this.#decoder(series, series.labels, { config: source, metric: descriptor.name });
      decoder.age();
      for (const id of series.fresh) decodeSeries(decoder, series, id);
    }
  }

  processSpans(batch: SpanBatch): void {
    this.#settings.host.begin();
    for (const records of batch.records) this.#decodeSpans(records, batch);
    batch.records = [];
  }

  #decodeSpans(from: SpanRecords, batch: SpanBatch): void {
    const decoder = this.#decoder(from.labels, from.labels, { config: from.source, metric: from.name });
    decoder.age();
    for (const record of from.records) {
      const decoded: Attributes | null = decoder.decode(record);
      decoder.count();
      if (decoded !== null) batch.spans.push(toSpan(decoded, from, this.#clock));
    }
  }

  #decoder(owner: Series | readonly KeyLabel[], labels: readonly KeyLabel[], of: Source): LabelDecoder {
    const known = this.#decoders.get(owner);
    if (known !== undefined) return known;
    const made = new LabelDecoder(labels, of, this.#settings);
    this.#decoders.set(owner, made);
    return made;
  }
}

/** What a series lost is counted when it is new, not each time that it is asked again. */
function decodeSeries(decoder: LabelDecoder, series: Series, id: number): void {
  const before = series.attributes[id];
  const attributes = decoder.decode(series.key(id));
  series.attributes[id] = before && attributes && isSame(before, attributes) ? before : attributes;
  if (decoder.unsettled) series.unsettled(id);
  if (before === undefined || (before !== null && attributes === null)) decoder.count();
}

/** Answers of the same labels. That of a series asked again is mostly the one it has: a new object need not grow old. */
function isSame(before: Attributes, now: Attributes): boolean {
  for (const label in before) if (before[label] !== now[label]) return false;
  return true;
}

function ownMetrics(telemetry: Settings['telemetry']): DecodeMetrics {
  return {
    errors: telemetry.counter('decoder_errors_total', 'How many times keys failed to decode'),
    dropped: telemetry.counter(
      'otelcol_processor_decode_dropped_series',
      'Series and spans left out: no regexp matched (regexp), or a decoder could not read its input (invalid_key)',
    ),
    cleaned: telemetry.counter(
      'otelcol_processor_decode_cleaned_labels',
      'Label values with bytes that are not UTF-8, replaced by U+FFFD',
    ),
  };
}
