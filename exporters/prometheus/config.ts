/** Config block of `prometheus`: the fields, defaults and meaning of the collector's exporter and of its HTTP server block. */
import { http } from '../../src/node-builtins.ts';
import type { Infer, Report, Schema } from '../../src/schema.ts';
import {
  bcryptHash,
  boolean,
  duration,
  headers,
  Expanded,
  hostPort,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  string,
  text,
} from '../../src/schema.ts';
import { refused } from '../../src/refused.ts';
import { isDescriptor } from './listen.ts';
import { tlsSchema } from './tls-config.ts';

const METRIC_PREFIX = /^(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?$/;
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Longer timers overflow Node's. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const bounded = (fallback: string, doc: string): ReturnType<typeof duration> => {
  const schema = duration({ default: fallback, doc });
  return {
    ...schema,
    parse(value, path, report) {
      const ms = schema.parse(value, path, report);
      if (ms === undefined || ms <= MAX_TIMER_MS) return ms;
      report(path, 'expected at most 596h (24 days)');
      return undefined;
    },
  };
};

const address = hostPort({
  doc: "Address to listen on: localhost:9435; :9435 is every interface; fd://0 the first of systemd's sockets, else descriptor 0.",
});

const fields = {
  endpoint: {
    ...address,
    parse: (value, path, report) => {
      const found = value instanceof Expanded ? value.text : value;
      return typeof found === 'string' && isDescriptor(found) ? found : address.parse(value, path, report);
    },
  } satisfies Schema<string>,
  telemetry_path: string({ default: '/metrics', doc: 'Path of the page.', check: checkPath }),
  namespace: string({ default: '', doc: 'Put before each metric name, with an underscore.', check: checkNamespace }),
  const_labels: map(text(), { default: {}, doc: 'Labels of every series.' }),
  send_timestamps: boolean({ default: false, doc: 'Send the time of collection with each sample.' }),
  metric_expiration: duration({
    default: '5m',
    doc: 'A series that is gone keeps its last value so long; 0s: it goes at once.',
  }),
  enable_open_metrics: boolean({ default: false, doc: 'Serve OpenMetrics 1.0 to clients that prefer it.' }),
  resource_to_telemetry_conversion: object(
    { enabled: boolean({ default: false, doc: 'All resource attributes.' }) },
    { doc: 'Resource attributes as labels of each series.' },
  ),
  resource_constant_labels: object(
    {
      included: list(string(), { default: [], doc: 'Resource attributes that become labels; * stands for any text.' }),
      excluded: list(string(), { default: [], doc: 'Of these, those that do not.' }),
    },
    { doc: 'Some resource attributes as labels of each series.' },
  ),
  add_metric_suffixes: boolean({ default: true, doc: 'Add the unit and, on counters, _total to names.' }),
  translation_strategy: optional(
    oneOf(['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'], {
      doc: 'Newer name of add_metric_suffixes, and stronger.',
    }),
  ),
  without_scope_info: boolean({ default: false, doc: 'No otel_scope_name and otel_scope_version labels.' }),
  without_target_info: boolean({ default: false, doc: 'No target_info.' }),
  max_requests_in_flight: integer({
    default: 8,
    min: 1,
    max: 10_000,
    doc: 'Scrapes at once; more are answered with 503.',
  }),
  read_header_timeout: bounded('1m', 'For the head of a request; 0: none.'),
  read_timeout: bounded('0s', 'For a whole request; 0: none.'),
  write_timeout: bounded('30s', 'For an answer; 0: none.'),
  idle_timeout: bounded('1m', 'An idle connection is closed after this; 0: 1m.'),
  keep_alives_enabled: boolean({ default: true, doc: 'More than one request on a connection.' }),
  max_request_body_size: integer({ default: 20 * 1024 * 1024, min: 0, doc: 'Bytes; scrapes have no body.' }),
  response_headers: headers({ doc: 'Sent with each answer.' }),
  // Absent is plain HTTP, not a block of defaults.
  tls: { ...optional(tlsSchema), default: undefined },
  basic_auth_users: map(bcryptHash(), {
    default: {},
    doc: "Clients must be one of these users: name to the password's bcrypt hash, as in Prometheus's web config.",
  }),
  auth: refused('it has no authenticator extensions; set "basic_auth_users", or "tls" with "client_ca_file"'),
  cors: refused('pages of other sites have no use for it'),
  compression_algorithms: refused('it reads no request bodies'),
  include_metadata: refused('requests carry no data'),
  middlewares: refused('it has no middleware extensions'),
  transport: refused('it listens on TCP'),
};

export type PrometheusConfig = { [K in keyof typeof fields]: Infer<(typeof fields)[K]> };
export const configSchema = object(fields, { doc: 'Serves metrics for Prometheus to scrape.', check });

function checkPath(path: string): string | undefined {
  return /^\/[^\s?#]*$/.test(path) ? undefined : `expected a path such as /metrics, got ${JSON.stringify(path)}`;
}

function checkNamespace(namespace: string): string | undefined {
  if (METRIC_PREFIX.test(namespace)) return undefined;
  return `expected letters, digits, underscores and colons, not a digit first, got ${JSON.stringify(namespace)}`;
}

function check(config: PrometheusConfig, report: Report): void {
  for (const name of Object.keys(config.const_labels)) {
    if (!LABEL.test(name))
      report(
        ['const_labels', name],
        'expected a label name: letters, digits and underscores, not a digit or two underscores first',
      );
  }
  for (const [name, value] of Object.entries(config.response_headers)) checkHeader(name, value, report);
}

function checkHeader(name: string, value: string, report: Report): void {
  try {
    http.validateHeaderName(name);
    http.validateHeaderValue(name, value);
  } catch {
    report(['response_headers', name], 'the name or the value has a character that HTTP headers cannot have');
  }
}
