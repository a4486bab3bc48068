/** The collector's client TLS block (configtls), and Node's options from it. */
import { readFileSync } from 'node:fs';
import type { SecureVersion } from 'node:tls';
import { tls as nodeTls } from '../../src/node-builtins.ts';
import type { Infer } from '../../src/schema.ts';
import { boolean, duration, list, object, oneOf, optional, secret, string } from '../../src/schema.ts';
import { opensslCipher } from './cipher-suites.ts';

const VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
const CURVES = { P256: 'P-256', P384: 'P-384', P521: 'P-521', X25519: 'X25519' } as const;
type CurveName = keyof typeof CURVES;

export const tlsSchema = object(
  {
    insecure: boolean({ default: false, doc: 'Without effect: the scheme of the endpoint decides.' }),
    insecure_skip_verify: boolean({ default: false, doc: 'Accept any certificate. Only for tests.' }),
    server_name_override: string({ default: '', doc: 'The name that the certificate must have, and SNI.' }),
    ca_file: string({ default: '', doc: 'CA certificates, PEM; else those of the system.' }),
    ca_pem: string({ default: '', doc: 'The same, in place.' }),
    include_system_ca_certs_pool: boolean({ default: false, doc: "The system's CAs beside ca_file." }),
    cert_file: string({ default: '', doc: 'Certificate of this client, PEM.' }),
    cert_pem: string({ default: '', doc: 'The same, in place.' }),
    key_file: string({ default: '', doc: 'Key of this client, PEM.' }),
    key_pem: secret({ default: '', doc: 'The same, in place.' }),
    min_version: oneOf(VERSIONS, { default: '1.2', doc: 'Lowest TLS version.' }),
    max_version: optional(oneOf(VERSIONS, { doc: 'Highest TLS version.' })),
    cipher_suites: list(cipherSuite(), { default: [], doc: 'Suites up to TLS 1.2, by their names in the standard.' }),
    curve_preferences: list(oneOf(Object.keys(CURVES) as CurveName[]), { default: [], doc: 'Curves in order.' }),
    reload_interval: duration({ default: '0s', doc: 'Files are read again after this; 0: never.' }),
  },
  {
    doc: 'TLS of an https endpoint.',
    check(tls, report) {
      for (const kind of ['ca', 'cert', 'key'] as const) {
        if (tls[`${kind}_file`] && tls[`${kind}_pem`])
          report([], `"${kind}_file" and "${kind}_pem" exclude each other`);
      }
      const [cert, key] = [tls.cert_file || tls.cert_pem, tls.key_file || tls.key_pem];
      if (Boolean(cert) !== Boolean(key))
        report([], 'a client certificate needs both cert_file (or cert_pem) and key_file (or key_pem)');
      if (tls.max_version !== undefined && tls.max_version < tls.min_version)
        report(['max_version'], 'is below min_version');
    },
  },
);
export type TlsConfig = Infer<typeof tlsSchema>;

/** Options for `https.Agent`. */
export interface TlsOptions {
  rejectUnauthorized: boolean;
  minVersion: SecureVersion;
  maxVersion?: SecureVersion;
  servername?: string;
  ca?: string[];
  cert?: string;
  key?: string;
  ciphers?: string;
  ecdhCurve?: string;
}

/** Reads the files. @throws Error that names the field and the file */
export function readTls(config: TlsConfig): TlsOptions {
  const options: TlsOptions = {
    rejectUnauthorized: !config.insecure_skip_verify,
    minVersion: `TLSv${config.min_version === '1.0' ? '1' : config.min_version}` as SecureVersion,
    ca: certificateAuthorities(config),
  };
  if (config.max_version)
    options.maxVersion = `TLSv${config.max_version === '1.0' ? '1' : config.max_version}` as SecureVersion;
  if (config.server_name_override) options.servername = config.server_name_override;
  const cert = config.cert_pem || readPem('cert_file', config.cert_file);
  if (cert) Object.assign(options, { cert, key: config.key_pem || readPem('key_file', config.key_file) });
  if (config.cipher_suites.length > 0) options.ciphers = config.cipher_suites.map(opensslCipher).join(':');
  if (config.curve_preferences.length > 0)
    options.ecdhCurve = config.curve_preferences.map((curve) => CURVES[curve]).join(':');
  return options;
}

/** Node brings a list of its own; what the administrator added to the system's counts too, as in the collector. */
function certificateAuthorities(config: TlsConfig): string[] {
  const own = config.ca_pem || readPem('ca_file', config.ca_file);
  if (own && !config.include_system_ca_certs_pool) return [own];
  const known = new Set([...nodeTls().getCACertificates('default'), ...nodeTls().getCACertificates('system')]);
  return own ? [own, ...known] : [...known];
}

function readPem(field: string, file: string): string {
  if (!file) return '';
  try {
    const pem = readFileSync(file, 'utf8');
    if (!pem.includes('-----BEGIN ')) throw new Error('expected PEM');
    return pem;
  } catch (error) {
    throw new Error(`tls::${field}: cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function cipherSuite(): ReturnType<typeof string> {
  return string({
    check: (name) => (opensslCipher(name) ? undefined : `unknown cipher suite ${JSON.stringify(name)}`),
  });
}
