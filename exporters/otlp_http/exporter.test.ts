import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { MetricBatch } from '../../src/metric-batch.ts';
import { toResourceMetrics } from '../../src/resource-metrics.ts';
import { until } from '../../test/support/exporter-harness.ts';
import type { Answerer } from '../../test/support/otlp-backend.ts';
import { OtlpBackend, reply } from '../../test/support/otlp-backend.ts';
import { batch, failed, FAST_RETRY, points, push, withBackend } from '../../test/support/otlp-push.ts';
import { RandomBatches } from '../../test/support/random-batch.ts';

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
      assert.ok(!harness.log.some(({ message }) => message.includes('retried')), 'retried');
    }));
});
