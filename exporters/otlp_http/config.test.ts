import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configSchema } from './config.ts';
import { opensslCipher } from './cipher-suites.ts';
import { requestUrls } from './request-options.ts';

function parse(block: Record<string, unknown>) {
  const faults: string[] = [];
  const config = configSchema.parse({ endpoint: 'http://localhost:4318', ...block }, [], (path, message) =>
    faults.push(`${path.join('::')}: ${message}`),
  );
  return { config, faults };
}

it("defaults are the collector's", () => {
  const { config } = parse({});
  assert.ok(config);
  const { retry_on_failure: retry, sending_queue: queue } = config;
  assert.deepEqual(
    [config.encoding, config.compression, config.timeout, config.idle_conn_timeout],
    ['proto', 'gzip', 30_000, 90_000],
  );
  assert.deepEqual(Object.values(retry), [true, 5000, 0.5, 1.5, 30_000, 300_000]);
  assert.deepEqual([queue.enabled, queue.num_consumers, queue.queue_size, queue.sizer], [true, 10, 1000, 'requests']);
  assert.equal(config.tls.min_version, '1.2');
});

describe('refused', () => {
  const cases: { name: string; in: Record<string, unknown>; out: RegExp }[] = [
    { name: 'no endpoint', in: { endpoint: null }, out: /"endpoint" is required/ },
    { name: 'no URL', in: { endpoint: 'localhost:4318' }, out: /^endpoint: expected a URL/ },
    { name: 'snappy', in: { compression: 'snappy' }, out: /^compression: expected one of gzip, .*"snappy"/ },
    { name: 'lz4', in: { compression: 'lz4' }, out: /^compression: .*"lz4"/ },
    {
      name: 'a level that gzip does not have',
      in: { compression_params: { level: 12 } },
      out: /^compression_params::level: expected a gzip level from -1 to 9, got 12/,
    },
    {
      name: 'a persistent queue',
      in: { sending_queue: { storage: 'file_storage' } },
      out: /^sending_queue::storage: "storage" is a field of the collector's that this agent does not have/,
    },
    {
      name: 'a batching queue',
      in: { sending_queue: { batch: {} } },
      out: /^sending_queue::batch: "batch" is a field/,
    },
    {
      name: 'an authenticator',
      in: { auth: { authenticator: 'basicauth/client' } },
      out: /^auth: "auth" is a field .* set "headers"/,
    },
    { name: 'HTTP/2', in: { force_attempt_http2: true }, out: /^force_attempt_http2: this agent sends over HTTP\/1.1/ },
    { name: 'a misspelt key', in: { compresion: 'gzip' }, out: /unknown key "compresion"; did you mean "compression"/ },
    {
      name: 'two CAs',
      in: { tls: { ca_file: 'a', ca_pem: 'b' } },
      out: /^tls: "ca_file" and "ca_pem" exclude each other/,
    },
    {
      name: 'a certificate without its key',
      in: { tls: { cert_file: 'a' } },
      out: /^tls: a client certificate needs both/,
    },
    {
      name: 'versions crossed',
      in: { tls: { min_version: '1.3', max_version: '1.2' } },
      out: /^tls::max_version: is below min_version/,
    },
    {
      name: 'an unknown suite',
      in: { tls: { cipher_suites: ['TLS_ROT13'] } },
      out: /unknown cipher suite "TLS_ROT13"/,
    },
    {
      name: 'a header name',
      in: { headers: { 'a b': 'x' } },
      out: /^headers::a b: "a b" cannot be the name of an HTTP header/,
    },
    {
      name: 'a header value, not shown',
      in: { headers: { Authorization: 'geheim\nX: y' } },
      out: /^headers::Authorization: the value has a character(?!.*geheim)/,
    },
  ];
  for (const { name, in: input, out } of cases) {
    it(name, () => {
      const { config, faults } = parse(input);
      assert.match(faults.join('\n'), out);
      // Faults that `check` finds come with the parsed block.
      assert.ok(config === undefined || faults.length > 0);
    });
  }
});

describe('URLs', () => {
  const cases = [
    { name: 'path added', in: {}, out: ['http://localhost:4318/v1/metrics', 'http://localhost:4318/v1/traces'] },
    {
      name: 'trailing slash',
      in: { endpoint: 'https://o.example/otlp/' },
      out: ['https://o.example/otlp/v1/metrics', 'https://o.example/otlp/v1/traces'],
    },
    {
      name: 'own endpoints',
      in: { metrics_endpoint: 'http://m/x', traces_endpoint: 'http://t/' },
      out: ['http://m/x', 'http://t/'],
    },
    { name: 'metrics alone', in: { endpoint: null, metrics_endpoint: 'http://m/x' }, out: ['http://m/x', undefined] },
  ];
  for (const { name, in: input, out } of cases) {
    it(name, () => {
      const { config } = parse(input);
      assert.ok(config);
      const { metrics, traces } = requestUrls(config);
      assert.deepEqual([metrics?.href, traces?.href], out);
    });
  }
});

describe('cipher suites', () => {
  const cases = [
    { in: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', out: 'ECDHE-RSA-AES128-GCM-SHA256' },
    { in: 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', out: 'ECDHE-ECDSA-AES256-SHA' },
    { in: 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', out: 'ECDHE-RSA-CHACHA20-POLY1305' },
    { in: 'TLS_RSA_WITH_AES_128_GCM_SHA256', out: 'AES128-GCM-SHA256' },
    { in: 'TLS_RSA_WITH_AES_256_CBC_SHA', out: 'AES256-SHA' },
    { in: 'TLS_AES_128_GCM_SHA256', out: 'TLS_AES_128_GCM_SHA256' },
    { in: 'AES', out: undefined },
  ];
  for (const { in: input, out } of cases) it(input, () => assert.equal(opensslCipher(input), out));
});
