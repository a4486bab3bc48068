/** Cipher suites by the names that configs use, IANA's, and by OpenSSL's. */
import { tls } from '../../src/node-builtins.ts';

const EXCEPTIONS: Readonly<Record<string, string>> = {
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
};

/** OpenSSL's name of `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`, or undefined when this build does not have it. */
export function opensslCipher(name: string): string | undefined {
  const openssl =
    EXCEPTIONS[name] ??
    name
      .replace(/^TLS_/, '')
      .replace(/^RSA_WITH_/, '')
      .replace('_WITH_', '_')
      .replace(/AES_(\d+)_/, 'AES$1_')
      .replace('_CBC_', '_')
      .replaceAll('_', '-');
  // The suites of TLS 1.3 keep their names in OpenSSL.
  const known = tls().getCiphers();
  return [name, openssl].find((candidate) => known.includes(candidate.toLowerCase()));
}
