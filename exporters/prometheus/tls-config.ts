/** The collector's server TLS block (configtls), and Node's options from it. */
import { readFileSync } from 'node:fs';
import type { SecureContextOptions, SecureVersion } from 'node:tls';
import type { Infer } from '../../src/schema.ts';
import { duration, object, oneOf, optional, secret, string } from '../../src/schema.ts';
import { refused } from '../../src/refused.ts';

const VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
const CLIENT_ONLY = 'it is of clients';

export const tlsSchema = object(
  {
    cert_file: string({ default: '', doc: 'Certificate of this server, PEM.' }),
    cert_pem: string({ default: '', doc: 'The same, in place.' }),
    key_file: string({ default: '', doc: 'Key of this server, PEM.' }),
    key_pem: secret({ default: '', doc: 'The same, in place.' }),
    client_ca_file: string({ default: '', doc: 'Clients must have a certificate of these authorities, PEM.' }),
    min_version: oneOf(VERSIONS, { default: '1.2', doc: 'Lowest TLS version.' }),
    max_version: optional(oneOf(VERSIONS, { doc: 'Highest TLS version.' })),
    reload_interval: duration({ default: '0s', doc: 'Files are read again after this; 0: never.' }),
    cipher_suites: refused("OpenSSL's own list is used"),
    curve_preferences: refused("OpenSSL's own list is used"),
    insecure: refused(CLIENT_ONLY),
    insecure_skip_verify: refused(CLIENT_ONLY),
    server_name_override: refused(CLIENT_ONLY),
  },
  {
    doc: 'Serves https.',
    check(tls, report) {
      if (Boolean(tls.cert_file) === Boolean(tls.cert_pem)) report([], 'expected one of "cert_file" and "cert_pem"');
      if (Boolean(tls.key_file) === Boolean(tls.key_pem)) report([], 'expected one of "key_file" and "key_pem"');
      if (tls.max_version !== undefined && tls.max_version < tls.min_version)
        report(['max_version'], 'is below min_version');
    },
  },
);
export type TlsConfig = Infer<typeof tlsSchema>;

export interface TlsOptions extends SecureContextOptions {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
}

/** Reads the files. @throws Error that names the field and the file */
export function readTls(config: TlsConfig): TlsOptions {
  const ca = config.client_ca_file === '' ? undefined : readPem('client_ca_file', config.client_ca_file);
  return {
    cert: config.cert_pem || readPem('cert_file', config.cert_file),
    key: config.key_pem || readPem('key_file', config.key_file),
    minVersion: secureVersion(config.min_version),
    ...(config.max_version === undefined ? {} : { maxVersion: secureVersion(config.max_version) }),
    ...(ca === undefined ? {} : { ca }),
    requestCert: ca !== undefined,
    rejectUnauthorized: ca !== undefined,
  };
}

const secureVersion = (version: string): SecureVersion => `TLSv${version === '1.0' ? '1' : version}` as SecureVersion;

function readPem(field: string, file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    if (!pem.includes('-----BEGIN ')) throw new Error('expected PEM');
    return pem;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`tls::${field}: cannot read ${file}: ${reason}`, { cause: error });
  }
}
