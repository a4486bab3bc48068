/** Batches as text in parts. Loaded only where a verbosity beyond `basic` asks for it: it takes the SDK's types along. */
import type { SpanBatch } from '../../src/component.ts';
import { sliceBatch } from '../../src/batch-slice.ts';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { toResourceMetrics } from '../../src/resource-metrics.ts';
import { detailedMetrics, normalMetrics } from './metrics-text.ts';
import { detailedSpans, normalSpans } from './spans-text.ts';

/** Points or spans in one text: the memory that printing takes, whatever the batch. Numbering begins anew in each. */
const MAX_ITEMS = 1000;

export interface TextWriter {
  metrics(batch: MetricBatch, print: (text: string) => void): void;
  spans(batch: SpanBatch, print: (text: string) => void): void;
}

export function textWriter(verbosity: 'normal' | 'detailed'): TextWriter {
  const metricsText = verbosity === 'detailed' ? detailedMetrics : normalMetrics;
  const spansText = verbosity === 'detailed' ? detailedSpans : normalSpans;
  return {
    metrics(batch, print) {
      const parts = sliceBatch(batch, MAX_ITEMS, () => () => 1);
      for (const slices of parts) print(metricsText(toResourceMetrics(batch, slices)));
    },
    spans(batch, print) {
      for (let from = 0; from < batch.spans.length; from += MAX_ITEMS) {
        print(spansText({ ...batch, spans: batch.spans.slice(from, from + MAX_ITEMS) }));
      }
    },
  };
}
