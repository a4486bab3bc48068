/** Config block of `otlp_http`: the collector's fields, defaults and meaning. */
import { http } from '../../src/node-builtins.ts';
import type { Infer, Report } from '../../src/schema.ts';
import { boolean, duration, headers, httpUrl, integer, number, object, oneOf, optional } from '../../src/schema.ts';
import { refused } from '../../src/refused.ts';
import { tlsSchema } from './tls-config.ts';

const retryOnFailure = object(
  {
    enabled: boolean({ default: true, doc: 'Send again what failed for a reason that passes.' }),
    initial_interval: duration({ default: '5s', positive: true, doc: 'Wait before the first retry.' }),
    randomization_factor: number({
      default: 0.5,
      min: 0,
      max: 1,
      doc: 'Each wait is changed by up to this part of it.',
    }),
    multiplier: number({ default: 1.5, min: 1, doc: 'Each wait is this many times the one before.' }),
    max_interval: duration({
      default: '30s',
      positive: true,
      doc: 'The longest wait; a Retry-After may ask for more.',
    }),
    max_elapsed_time: duration({ default: '5m', doc: 'Then the data is dropped and counted; 0: never.' }),
  },
  { doc: 'Retries of 429, 502, 503, 504, timeouts and network errors.' },
);

const sendingQueue = object(
  {
    enabled: boolean({ default: true, doc: 'Without it, a collection waits until its data is sent or dropped.' }),
    num_consumers: integer({ default: 10, min: 1, max: 1000, doc: 'Requests under way at once.' }),
    queue_size: integer({
      default: 1000,
      min: 1,
      doc: 'What the queue holds, those under way included, in units of sizer.',
    }),
    sizer: oneOf(['requests', 'items', 'bytes'], {
      default: 'requests',
      doc: 'What queue_size counts. Unless it is bytes, the queue holds at most 64 MiB besides.',
    }),
    block_on_overflow: boolean({ default: false, doc: 'A full queue delays the next collection instead of dropping.' }),
    wait_for_result: boolean({ default: false, doc: 'The next collection waits until this one is sent or dropped.' }),
    storage: refused('its queue is in memory'),
    batch: refused('a push carries all that was collected, in requests of at most 8 MiB'),
  },
  { doc: 'Requests that wait to be sent.' },
);

const GZIP_LEVELS = 'from -1 to 9';
const compressionParams = object({
  level: integer({ default: -1, min: -1, max: 22, doc: 'gzip, zlib, deflate: 0 to 9; zstd: 1 to 22; -1: a fast one.' }),
});

const onlyFalse = (
  reason: string,
): { default: boolean; check: (value: boolean) => string | undefined; doc: string } => ({
  default: false,
  check: (value) => (value ? reason : undefined),
  doc: `Only false: ${reason}.`,
});
const HTTP1 = 'this agent sends over HTTP/1.1';

const fields = {
  endpoint: optional(httpUrl({ doc: 'Base URL: /v1/metrics and /v1/traces are added.' })),
  metrics_endpoint: optional(httpUrl({ doc: 'URL for metrics, used as it is.' })),
  traces_endpoint: optional(httpUrl({ doc: 'URL for traces, used as it is.' })),
  encoding: oneOf(['proto', 'json'], { default: 'proto', doc: 'OTLP/HTTP body: protocol buffers or JSON.' }),
  headers: headers({ doc: 'Sent with each request; values are secrets.' }),
  compression: oneOf(['gzip', 'zstd', 'zlib', 'deflate', 'none'], {
    default: 'gzip',
    doc: 'Content-Encoding of requests.',
  }),
  compression_params: compressionParams,
  timeout: duration({ default: '30s', doc: 'For one attempt, answer included; 0: none.' }),
  tls: tlsSchema,
  retry_on_failure: retryOnFailure,
  sending_queue: sendingQueue,
  proxy_url: optional(
    httpUrl({ doc: 'HTTP proxy; else HTTP_PROXY, HTTPS_PROXY and NO_PROXY, never for the loopback.' }),
  ),
  max_idle_conns: integer({ default: 100, min: 0, doc: 'Idle connections that are kept; 0: no limit.' }),
  max_idle_conns_per_host: integer({ default: 0, min: 0, doc: 'The same for each host; 0: two.' }),
  max_conns_per_host: integer({ default: 0, min: 0, doc: 'Connections to each host; 0: no limit.' }),
  idle_conn_timeout: duration({ default: '90s', doc: 'An idle connection is closed after this; 0: never.' }),
  disable_keep_alives: boolean({ default: false, doc: 'A connection for each request.' }),
  force_attempt_http2: boolean(onlyFalse(HTTP1)),
  http2_read_idle_timeout: refused(HTTP1),
  http2_ping_timeout: refused(HTTP1),
  cookies: refused('it keeps no cookies'),
  auth: refused('it has no authenticator extensions; set "headers"'),
  middlewares: refused('it has no middleware extensions'),
  read_buffer_size: refused('Node sizes its own buffers'),
  write_buffer_size: refused('Node sizes its own buffers'),
};

export type OtlpHttpConfig = { [K in keyof typeof fields]: Infer<(typeof fields)[K]> };
export const configSchema = object(fields, { doc: 'Pushes metrics and traces to an OTLP/HTTP endpoint.', check });
export type RetryConfig = OtlpHttpConfig['retry_on_failure'];
export type QueueConfig = OtlpHttpConfig['sending_queue'];

function check(config: OtlpHttpConfig, report: Report): void {
  if (config.endpoint === undefined && config.metrics_endpoint === undefined && config.traces_endpoint === undefined) {
    report([], '"endpoint" is required: a URL such as http://localhost:4318 (or metrics_endpoint, traces_endpoint)');
  }
  const { level } = config.compression_params;
  if (config.compression !== 'zstd' && level > 9) {
    report(['compression_params', 'level'], `expected a ${config.compression} level ${GZIP_LEVELS}, got ${level}`);
  }
  for (const [name, value] of Object.entries(config.headers)) checkHeader(name, value, report);
}

/** Never shows the value: it is a secret. */
function checkHeader(name: string, value: string, report: Report): void {
  try {
    http.validateHeaderName(name);
  } catch {
    report(['headers', name], `${JSON.stringify(name)} cannot be the name of an HTTP header`);
    return;
  }
  try {
    http.validateHeaderValue(name, value);
  } catch {
    report(['headers', name], 'the value has a character that HTTP headers cannot have');
  }
}
