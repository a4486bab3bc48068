import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { countPoints } from '../../src/metric-batch.ts';
import { toResourceMetrics } from '../../src/resource-metrics.ts';
import { ExporterHarness, sourceOf, until } from '../../test/support/exporter-harness.ts';
import type { Answerer } from '../../test/support/otlp-backend.ts';
import { OtlpBackend, reply } from '../../test/support/otlp-backend.ts';
import { RandomBatches } from '../../test/support/random-batch.ts';
import { otlpHttp } from './index.ts';

const batch = new RandomBatches(5).batch(4, 20);
const points = countPoints(batch);
const FAST_RETRY = { initial_interval: '10ms', max_interval: '20ms', max_elapsed_time: '10s' };

interface Setup {
  readonly config?: Record<string, unknown>;
  readonly intervalMs?: number;
  readonly collect?: () => MetricBatch;
}

/** Starts an exporter that pushes `batch` at once; `end` shuts it down. */
async function push(endpoint: string, { config = {}, intervalMs, collect = () => batch }: Setup = {}) {
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

const failed = (harness: ExporterHarness, errorType?: string): number =>
  harness.own('otelcol_exporter_send_failed_metric_points', errorType);

async function withBackend(
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

const proto = (of: MetricBatch): Buffer =>
  Buffer.from(ProtobufMetricsSerializer.serializeRequest(toResourceMetrics(of)) ?? []);
const json = (of: MetricBatch): Buffer =>
  Buffer.from(JsonMetricsSerializer.serializeRequest(toResourceMetrics(of)) ?? []);

describe('what arrives', () => {
  for (const compression of ['none', 'gzip', 'zstd', 'zlib', 'deflate']) {
    for (const [encoding, type, expected] of [
      ['proto', 'application/x-protobuf', proto(batch)],
      ['json', 'application/json', json(batch)],
    ] as const) {
      it(`${encoding}, ${compression}`, () =>
        withBackend(
          [],
          { config: { compression, encoding, headers: { 'X-Scope-OrgID': 'secret-tenant' } } },
          async (backend, { sent, harness }) => {
            const [request] = await backend.requests(1);
            assert.equal(request.path, '/v1/metrics');
            assert.equal(request.headers['content-type'], type);
            assert.equal(request.headers['content-encoding'], compression === 'none' ? undefined : compression);
            assert.equal(request.headers['x-scope-orgid'], 'secret-tenant');
            assert.equal(request.headers['user-agent'], 'ebpf-otel-agent/1.2.3');
            assert.ok(request.body.equals(expected), 'body');
            await until(() => sent() === points);
            assert.ok(!JSON.stringify(harness.log).includes('secret-tenant'));
          },
        ));
    }
  }

  it('metrics_endpoint is used as it is', async () => {
    const backend = await OtlpBackend.start();
    const { exporter } = await push(backend.url, { config: { metrics_endpoint: `${backend.url}/api/otlp?x=1` } });
    assert.equal((await backend.requests(1))[0].path, '/api/otlp?x=1');
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('every interval, over one connection, in order', () => {
    let value = 0;
    const collect = (): MetricBatch => {
      const family = { ...new RandomBatches(9).family(0, 3), kind: 'counter' as const, bounds: new Float64Array(0) };
      return { ...batch, families: [{ ...family, values: Float64Array.of(++value, 0, 0), rows: 3 }] };
    };
    return withBackend([], { intervalMs: 20, collect }, async (backend) => {
      const requests = await backend.requests(5);
      const expected = [1, 2, 3, 4, 5].map((n) => {
        value = n - 1;
        return proto(collect()).toString('hex');
      });
      assert.deepEqual(
        requests.slice(0, 5).map(({ body }) => body.toString('hex')),
        expected,
      );
    });
  });
});

describe('answers', () => {
  const retried: { name: string; answer: Answerer; type: string }[] = [
    ...[429, 502, 503, 504].map((status) => ({ name: String(status), answer: reply(status), type: String(status) })),
    { name: 'closed without an answer', answer: (response) => void response.destroy(), type: 'ECONNRESET' },
  ];
  for (const { name, answer, type } of retried) {
    it(`${name}: the same request again`, () =>
      withBackend([answer, answer], {}, async (backend, { sent, harness }) => {
        const [first, , third] = await backend.requests(3);
        assert.ok(first.body.equals(third.body));
        await until(() => sent() === points);
        assert.equal(failed(harness), 0);
        assert.equal((await harness.logged('will be retried')).attributes['error.type'], type);
      }));
  }

  for (const status of [301, 400, 401, 404, 413, 500, 501]) {
    it(`${status}: dropped and counted`, () =>
      withBackend(
        [reply(status, { location: '/elsewhere', 'content-type': 'text/plain' }, 'because')],
        {},
        async (backend, { sent, harness }) => {
          await until(() => failed(harness, String(status)) === points);
          const { attributes } = await harness.logged('given up');
          assert.equal(attributes.error, `HTTP status ${status}: because`);
          assert.equal(backend.received.length, 1);
          assert.equal(sent(), 0);
        },
      ));
  }

  it('Retry-After is waited for', () =>
    withBackend([reply(429, { 'retry-after': '1' })], {}, async (backend) => {
      const [first, second] = await backend.requests(2);
      // Timers may fire a little early by another clock.
      assert.ok(second.at - first.at >= 990, `${second.at - first.at} ms`);
    }));

  it('max_elapsed_time: given up and counted', () =>
    withBackend(
      [],
      { config: { retry_on_failure: { ...FAST_RETRY, max_elapsed_time: '50ms' } } },
      async (backend, { harness }) => {
        backend.fallback = reply(503);
        await until(() => failed(harness, '503') === points);
        assert.ok(backend.received.length > 1, 'retried before');
      },
    ));

  it('retry_on_failure off: dropped at the first', () =>
    withBackend([reply(503)], { config: { retry_on_failure: { enabled: false } } }, async (backend, { harness }) => {
      await until(() => failed(harness, '503') === points);
      assert.equal(backend.received.length, 1);
    }));

  it('partial success: rejected points are counted as failed', () => {
    const answer = Buffer.from([0x0a, 0x08, 0x08, 0x03, 0x12, 0x04, ...Buffer.from('late')]);
    return withBackend(
      [reply(200, { 'content-type': 'application/x-protobuf' }, answer)],
      {},
      async (_, { sent, harness }) => {
        await until(() => sent() === points - 3);
        assert.equal(failed(harness, 'partial_success'), 3);
        assert.equal((await harness.logged('late')).level, 'warn');
      },
    );
  });

  const taken: { name: string; answer: Answerer }[] = [
    { name: 'garbage', answer: reply(200, { 'content-type': 'application/x-protobuf' }, Buffer.alloc(5000, 0xff)) },
    {
      name: 'garbage said to be JSON',
      answer: reply(200, { 'content-type': 'application/json' }, '{"partialSuccess":'),
    },
    {
      name: 'an endless body',
      answer: (response) => {
        response.writeHead(200);
        const more = (): void =>
          void (response.destroyed || (response.write(Buffer.alloc(16_384)), setImmediate(more)));
        more();
      },
    },
    {
      name: 'closed in the middle of the body',
      answer: (response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('x', () => response.destroy());
      },
    },
  ];
  for (const { name, answer } of taken) {
    it(`200 with ${name}: sent, once`, () =>
      withBackend([answer], {}, async (backend, { sent, harness }) => {
        await until(() => sent() === points);
        assert.equal(failed(harness), 0);
        assert.equal(backend.received.length, 1);
      }));
  }

  it('never answering: a timeout, then again', () =>
    withBackend([() => undefined], { config: { timeout: '50ms' } }, async (backend, { sent, harness }) => {
      await backend.requests(2);
      await until(() => sent() === points);
      assert.equal((await harness.logged('will be retried')).attributes['error.type'], 'timeout');
    }));

  it('not HTTP at all: goes on', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9\r\n')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const { exporter, harness } = await push(`http://127.0.0.1:${address.port}`);
    assert.match(String((await harness.logged('will be retried')).attributes['error.type']), /^HPE_/);
    await exporter.shutdown?.();
    assert.equal(failed(harness), points);
    server.close();
  });

  it('an idle connection that the server closes costs no retry', () =>
    withBackend([], { intervalMs: 30 }, async (backend, { harness }) => {
      backend.fallback = (response) => {
        response.end();
        setImmediate(() => response.socket?.destroy());
      };
      await backend.requests(6);
      assert.deepEqual(harness.log, []);
    }));
});

describe('a backend that is away', () => {
  /** A port that nobody listens on any more. */
  async function closedPort(): Promise<string> {
    const backend = await OtlpBackend.start();
    await backend.stop();
    return backend.url;
  }

  it('the queue fills to its size, the rest is counted', async () => {
    const config = { sending_queue: { queue_size: 3, num_consumers: 1 }, retry_on_failure: { initial_interval: '1m' } };
    const { harness, exporter } = await push(await closedPort(), { config, intervalMs: 5 });
    const lost = (): number => harness.own('otelcol_exporter_enqueue_failed_metric_points', 'queue_full');
    await until(() => lost() >= 5 * points);
    assert.equal(harness.own('otelcol_exporter_queue_size'), 3);
    assert.equal(harness.own('otelcol_exporter_queue_capacity'), 3);
    assert.equal(harness.own('otelcol_exporter_in_flight_requests'), 1);
    await exporter.shutdown?.();
    assert.equal(failed(harness), 3 * points);
    assert.equal(harness.own('otelcol_exporter_queue_size'), 0);
    assert.equal(harness.log.filter(({ message }) => message.includes('not taken')).length, 1, 'log lines are limited');
  });

  it('block_on_overflow: the next collection waits instead', async () => {
    let collected = 0;
    const config = { sending_queue: { queue_size: 1, num_consumers: 1, block_on_overflow: true } };
    const backend = await OtlpBackend.start();
    backend.fallback = reply(503);
    const { harness, exporter } = await push(backend.url, {
      config,
      intervalMs: 1,
      collect: () => (collected++, batch),
    });
    await backend.requests(5);
    assert.ok(collected <= 2, `${collected} collections`);
    backend.fallback = reply(200);
    await until(() => collected > 4);
    assert.equal(harness.own('otelcol_exporter_enqueue_failed_metric_points'), 0);
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('without a queue a collection waits for its result', async () => {
    let collected = 0;
    const backend = await OtlpBackend.start();
    backend.fallback = reply(503);
    const config = { sending_queue: { enabled: false } };
    const { exporter } = await push(backend.url, { config, intervalMs: 1, collect: () => (collected++, batch) });
    await backend.requests(5);
    assert.equal(collected, 1);
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('memory is bounded by 64 MiB of requests, however many fit the queue', async () => {
    const large = {
      ...new RandomBatches(2).family(0, 10),
      descriptor: { ...batch.families[0].descriptor, description: 'x'.repeat(4e6) },
    };
    const config = { compression: 'none', retry_on_failure: { initial_interval: '1m' } };
    const collect = (): MetricBatch => ({ ...batch, families: [large] });
    const { harness, exporter } = await push(await closedPort(), { config, intervalMs: 1, collect });
    await until(() => harness.own('otelcol_exporter_enqueue_failed_metric_points', 'queue_full') > 0);
    assert.equal(harness.own('otelcol_exporter_queue_size'), 16);
    await exporter.shutdown?.();
  });
});

describe('shutdown', () => {
  it('flush collects once more and sends what waits, without waiting for retries', async () => {
    const backend = await OtlpBackend.start([reply(503)]);
    let collected = 0;
    const config = { retry_on_failure: { initial_interval: '1m' } };
    const { exporter, harness, sent } = await push(backend.url, { config, collect: () => (collected++, batch) });
    await harness.logged('will be retried');
    await exporter.flush?.();
    assert.equal(collected, 2);
    assert.equal(backend.received.length, 3);
    assert.equal(sent(), 2 * points);
    await exporter.shutdown?.();
    await exporter.shutdown?.();
    await backend.stop();
  });

  it('ends within its budget when the backend never answers, and counts', async () => {
    const backend = await OtlpBackend.start();
    backend.fallback = () => undefined;
    const { exporter, harness } = await push(backend.url);
    await backend.requests(1);
    const begin = performance.now();
    await exporter.flush?.();
    assert.ok(performance.now() - begin < 3000);
    await exporter.shutdown?.();
    assert.equal(failed(harness, 'shutdown'), 2 * points);
    await backend.stop();
  });

  it('is safe without start', async () => {
    const parsed = otlpHttp.config.parse({ endpoint: 'http://127.0.0.1:1' }, [], () => assert.fail());
    assert.ok(parsed);
    await otlpHttp.create(new ExporterHarness('otlp_http').settings, parsed).shutdown?.();
  });

  it('closes its connections', async () => {
    const backend = await OtlpBackend.start();
    const { exporter, sent } = await push(backend.url);
    await until(() => sent() === points);
    assert.equal(await backend.connections(), 1);
    await exporter.shutdown?.();
    while ((await backend.connections()) > 0) await new Promise(setImmediate);
    await backend.stop();
  });
});
