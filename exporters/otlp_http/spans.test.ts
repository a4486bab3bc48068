import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { SpanBatch, SpanData } from '../../src/component.ts';
import { ExporterHarness, until } from '../../test/support/exporter-harness.ts';
import { OtlpBackend, reply } from '../../test/support/otlp-backend.ts';
import { otlpHttp } from './index.ts';
import { lastField, readFields } from './protobuf-reader.ts';
import { toReadableSpans } from './readable-spans.ts';

const span = (n: number, more: Partial<SpanData> = {}): SpanData => ({
  name: `span ${n}`,
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: n.toString(16).padStart(16, '0'),
  startTimeUnixNano: 1_790_000_000_000_000_001n,
  endTimeUnixNano: 1_790_000_000_500_000_002n,
  attributes: { n },
  ...more,
});
const batchOf = (spans: SpanData[]): SpanBatch => ({
  resource: { 'service.name': 'agent', 'host.name': 'h' },
  scope: { name: 'ebpf/exec', version: '1' },
  spans,
  records: [],
});
const numbered = (count: number): SpanData[] => Array.from({ length: count }, (_, n) => span(n + 1));

async function start(config: Record<string, unknown> = {}, answers = [reply(200)]) {
  const backend = await OtlpBackend.start(answers);
  const harness = new ExporterHarness('otlp_http');
  const parsed = otlpHttp.config.parse({ endpoint: backend.url, ...config }, [], (path, message) =>
    assert.fail(`${path.join()}: ${message}`),
  );
  assert.ok(parsed);
  const exporter = otlpHttp.create(harness.settings, parsed);
  await exporter.start?.();
  const own = (what: string): number => harness.own(`otelcol_exporter_${what}_spans`);
  return { backend, harness, exporter, own };
}

const fields = (bytes: Uint8Array, number: number): Uint8Array[] =>
  [...readFields(bytes)].filter((field) => field.number === number).map((field) => field.bytes);
const nameOf = (bytes: Uint8Array): string => Buffer.from(lastField(bytes, 5)?.bytes ?? []).toString();

/** Span names of a request by resource: ExportTraceServiceRequest 1, ResourceSpans 2, ScopeSpans 2, Span 5. */
const namesByResource = (body: Uint8Array): string[][] =>
  fields(body, 1).map((resource) => fields(resource, 2).flatMap((scope) => fields(scope, 2).map(nameOf)));

describe('spans', () => {
  it('are one request at flush, grouped by service, as the SDK serializes them', async () => {
    const { backend, exporter, own } = await start();
    const parent = span(1);
    const spans = [
      parent,
      span(2, { parentSpanId: parent.spanId, service: 'shop' }),
      span(3),
      span(4, { service: 'shop' }),
    ];
    exporter.consumeSpans?.(batchOf(spans.slice(0, 2)));
    const late = structuredClone(batchOf(spans.slice(2)));
    exporter.consumeSpans?.(late);
    // A batch is valid during the call.
    Object.assign(late.spans[0].attributes, { n: 'changed' });
    Object.assign(late.spans[0], { name: 'changed' });
    late.resource = { changed: true };
    late.spans.length = 0;
    await exporter.flush?.();
    const [{ path, body }] = backend.received;
    assert.equal(path, '/v1/traces');
    assert.deepEqual(namesByResource(body), [
      ['span 1', 'span 3'],
      ['span 2', 'span 4'],
    ]);
    assert.ok(
      body.equals(Buffer.from(ProtobufTraceSerializer.serializeRequest(toReadableSpans([batchOf(spans)])) ?? [])),
    );
    assert.equal(own('sent'), 4);
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('are sent after a second, or at once when there are 512', async () => {
    const { backend, exporter } = await start();
    exporter.consumeSpans?.(batchOf(numbered(1100)));
    await backend.requests(3);
    const counts = backend.received.map(({ body }) => namesByResource(body).flat().length);
    assert.deepEqual(
      counts.toSorted((a, b) => b - a),
      [512, 512, 76],
    );
    assert.ok(backend.received[2].at - backend.received[1].at > 500);
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('as JSON', async () => {
    const { backend, exporter } = await start({ encoding: 'json', traces_endpoint: undefined });
    exporter.consumeSpans?.(batchOf([span(7, { parentSpanId: '00000000000000aa' })]));
    await exporter.flush?.();
    const [resource] = JSON.parse(backend.received[0].body.toString()).resourceSpans;
    const [sent] = resource.scopeSpans[0].spans;
    assert.equal(sent.name, 'span 7');
    assert.equal(sent.parentSpanId, '00000000000000aa');
    assert.equal(sent.endTimeUnixNano, '1790000000500000002');
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('what the queue cannot take is counted, and nothing is lost without', async () => {
    const config = { sending_queue: { queue_size: 2, num_consumers: 1 }, retry_on_failure: { initial_interval: '1m' } };
    const { backend, exporter, own } = await start(config, []);
    backend.fallback = reply(503);
    exporter.consumeSpans?.(batchOf(numbered(512 * 5 + 10)));
    await until(() => own('enqueue_failed') === 3 * 512);
    await exporter.shutdown?.();
    exporter.consumeSpans?.(batchOf(numbered(1)));
    assert.equal(own('enqueue_failed') + own('send_failed'), 512 * 5 + 10 + 1);
    assert.equal(own('sent'), 0);
    await backend.stop();
  });

  it('without an endpoint for traces are counted', async () => {
    const { backend, exporter, harness } = await start({
      endpoint: undefined,
      metrics_endpoint: 'http://127.0.0.1:1/x',
    });
    exporter.consumeSpans?.(batchOf(numbered(3)));
    await exporter.flush?.();
    assert.equal(harness.own('otelcol_exporter_enqueue_failed_spans', 'no_endpoint'), 3);
    await exporter.shutdown?.();
    await backend.stop();
  });
});
