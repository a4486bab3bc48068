/** An `otlp_http` exporter at work, as the agent would run it, for its tests. */
import assert from 'node:assert/strict';
import { otlpHttp } from '../../exporters/otlp_http/index.ts';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { countPoints } from '../../src/metric-batch.ts';
import { ExporterHarness, sourceOf } from './exporter-harness.ts';
import type { Answerer } from './otlp-backend.ts';
import { OtlpBackend } from './otlp-backend.ts';
import { RandomBatches } from './random-batch.ts';

export const batch = new RandomBatches(5).batch(4, 20);
export const points = countPoints(batch);
export const FAST_RETRY = { initial_interval: '10ms', max_interval: '20ms', max_elapsed_time: '10s' };

export interface Setup {
  readonly config?: Record<string, unknown>;
  readonly intervalMs?: number;
  readonly collect?: () => MetricBatch;
}

/** Starts an exporter that pushes `batch` at once; `end` shuts it down. */
export async function push(endpoint: string, { config = {}, intervalMs, collect = () => batch }: Setup = {}) {
  const harness = new ExporterHarness('otlp_http/test');
  const faults: string[] = [];
  const given = { endpoint, retry_on_failure: FAST_RETRY, ...config };
  const parsed = otlpHttp.config.parse(given, [], (path, message) => faults.push(`${path.join('::')}: ${message}`));
  assert.ok(parsed, faults.join('\n'));
  const exporter = otlpHttp.create(harness.settings, parsed);
  exporter.connect?.([sourceOf(collect, intervalMs)]);
  await exporter.start?.();
  return { harness, exporter, sent: () => harness.own('otelcol_exporter_sent_metric_points') };
}

export const failed = (harness: ExporterHarness, errorType?: string): number =>
  harness.own('otelcol_exporter_send_failed_metric_points', errorType);

export async function withBackend(
  answers: Answerer[],
  setup: Setup,
  test: (backend: OtlpBackend, pushed: Awaited<ReturnType<typeof push>>) => Promise<void>,
) {
  const backend = await OtlpBackend.start(answers);
  const pushed = await push(backend.url, setup);
  try {
    await test(backend, pushed);
  } finally {
    await pushed.exporter.shutdown?.();
    await backend.stop();
  }
}
