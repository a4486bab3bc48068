/** The web config file of Prometheus's exporter-toolkit, as settings of the `prometheus` exporter. What cannot be honoured is refused. */
import { dirname, resolve } from 'node:path';
import { formatFault } from '../config/fault.ts';
import type { Infer, Report, Schema } from '../schema.ts';
import { anything, bcryptHash, boolean, map, object, oneOf, optional, secret, string } from '../schema.ts';
import { checkFile } from '../yaml-document.ts';

/** The toolkit reads certificates anew at each connection. */
const RELOAD_INTERVAL = '1m';
const VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
const HEADERS = [
  'Content-Security-Policy',
  'Strict-Transport-Security',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'X-XSS-Protection',
];

const tlsFields = {
  cert_file: string({ default: '' }),
  key_file: string({ default: '' }),
  cert: string({ default: '' }),
  key: secret({ default: '' }),
  client_auth_type: oneOf(
    [
      'NoClientCert',
      'RequestClientCert',
      'RequireAnyClientCert',
      'VerifyClientCertIfGiven',
      'RequireAndVerifyClientCert',
    ],
    { default: 'NoClientCert' },
  ),
  client_ca_file: string({ default: '' }),
  client_ca: without('give it as "client_ca_file"'),
  client_allowed_sans: without('certificates of the authority are let in whatever their names'),
  min_version: oneOf(VERSIONS, { default: 'TLS12' }),
  max_version: oneOf(VERSIONS, { default: 'TLS13' }),
  cipher_suites: without("OpenSSL's own list is used"),
  prefer_server_cipher_suites: boolean({ default: true, check: onlyTrue }),
  curve_preferences: without("OpenSSL's own list is used"),
};
type Tls = { readonly [K in keyof typeof tlsFields]: Infer<(typeof tlsFields)[K]> };
const tls = object(tlsFields, { check: checkTls });

const webConfig = object({
  tls_server_config: { ...optional(tls), default: undefined },
  http_server_config: object(
    { http2: optional(boolean()), headers: map(string(), { default: {} }) },
    { check: ({ headers }, report) => checkHeaders(headers, report) },
  ),
  basic_auth_users: map(bcryptHash(), { default: {} }),
  rate_limit: without('it limits requests in flight, see max_requests_in_flight of the prometheus exporter'),
});

export interface WebSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  /** One line each. */
  readonly warnings: readonly string[];
  /** One line each, with its place; with one of them the settings are not to be used. */
  readonly faults: readonly string[];
}

/** Never throws. Paths in the file start at its folder. */
export function readWebConfig(file: string): WebSettings {
  const { value, faults } = checkFile(webConfig, file);
  if (value === undefined) return { settings: {}, warnings: [], faults: faults.map(formatFault) };
  const { tls_server_config: secure, http_server_config: server, basic_auth_users: users } = value;
  const settings = {
    ...(secure === undefined ? {} : { tls: tlsSettings(secure, dirname(file)) }),
    ...(Object.keys(server.headers).length > 0 ? { response_headers: server.headers } : {}),
    ...(Object.keys(users).length > 0 ? { basic_auth_users: users } : {}),
  };
  const http2 = `${file}: http_server_config::http2: clients get HTTP/1.1, which all of them speak`;
  return { settings, warnings: server.http2 === true ? [http2] : [], faults: [] };
}

function tlsSettings(config: Tls, folder: string): Readonly<Record<string, unknown>> {
  const pairs = {
    cert_file: config.cert_file && resolve(folder, config.cert_file),
    cert_pem: config.cert,
    key_file: config.key_file && resolve(folder, config.key_file),
    key_pem: config.key,
    client_ca_file: config.client_ca_file && resolve(folder, config.client_ca_file),
    min_version: versionOf(config.min_version),
    max_version: versionOf(config.max_version),
    reload_interval: RELOAD_INTERVAL,
  };
  return Object.fromEntries(Object.entries(pairs).filter(([, setting]) => setting !== ''));
}

/** `TLS12` to `1.2`. */
const versionOf = (version: string): string => version.replace(/^TLS(\d)(\d)$/, '$1.$2');

function checkTls(config: Tls, report: Report): void {
  const { client_auth_type: type, client_ca_file: authority } = config;
  if (Boolean(config.cert_file) === Boolean(config.cert)) report([], 'expected one of "cert_file" and "cert"');
  if (Boolean(config.key_file) === Boolean(config.key)) report([], 'expected one of "key_file" and "key"');
  if (type !== 'NoClientCert' && type !== 'RequireAndVerifyClientCert') {
    report(['client_auth_type'], `${type} is not supported: NoClientCert or RequireAndVerifyClientCert`);
  } else if ((type === 'NoClientCert') !== (authority === '')) {
    report(['client_auth_type'], 'RequireAndVerifyClientCert and "client_ca_file" go together');
  }
}

function checkHeaders(headers: Readonly<Record<string, string>>, report: Report): void {
  for (const name of Object.keys(headers)) {
    if (!HEADERS.includes(name)) report(['headers', name], `expected one of ${HEADERS.join(', ')}`, 'key');
  }
}

function onlyTrue(value: boolean): string | undefined {
  return value ? undefined : 'only true: the server chooses';
}

const asksNothing = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

/** A field of the toolkit's that is refused by name; an empty one asks for nothing. */
function without(reason: string): Schema<unknown> {
  return {
    ...optional(anything()),
    parse(value, path, report) {
      if (!asksNothing(value)) report(path, `"${path.at(-1)}" is not supported: ${reason}`);
      return undefined;
    },
  };
}
