// Certificates are made by openssl when the tests run: nothing in the repository can expire.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { ExporterHarness, sourceOf, until } from '../../test/support/exporter-harness.ts';
import { OtlpBackend } from '../../test/support/otlp-backend.ts';
import { RandomBatches } from '../../test/support/random-batch.ts';
import { otlpHttp } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'otlp-tls-'));
const file = (name: string): string => join(folder, name);
const pem = (name: string): string => readFileSync(file(name), 'utf8');
const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
const batch = new RandomBatches(5).batch(4, 20);

function makeCa(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-days', '2'];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    ...subject,
  );
}

function makeCertificate(name: string, ca: string, alternativeName: string): void {
  writeFileSync(file('ext'), `subjectAltName=${alternativeName}`);
  openssl(
    'req',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    'csr',
    '-subj',
    `/CN=${name}`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'csr',
    '-CA',
    `${ca}.pem`,
    '-CAkey',
    `${ca}.key`,
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'ext',
    '-out',
    `${name}.pem`,
  );
}

before(() => {
  makeCa('ca');
  makeCa('other');
  makeCertificate('server', 'ca', 'IP:127.0.0.1');
  makeCertificate('named', 'ca', 'DNS:backend.example');
  makeCertificate('client', 'ca', 'DNS:client');
  makeCertificate('stranger', 'other', 'IP:127.0.0.1');
});
after(() => rmSync(folder, { recursive: true }));

async function pushOver(tls: () => Record<string, unknown>, server: string, mutual = false) {
  const secure = {
    cert: pem(`${server}.pem`),
    key: pem(`${server}.key`),
    ca: pem('ca.pem'),
    requestCert: mutual,
    rejectUnauthorized: mutual,
  };
  const backend = await OtlpBackend.start([], secure);
  const harness = new ExporterHarness('otlp_http');
  const faults: string[] = [];
  const retry = { initial_interval: '10ms', max_interval: '20ms' };
  const given = { endpoint: backend.url, tls: tls(), retry_on_failure: retry };
  const config = otlpHttp.config.parse(given, [], (path, message) => faults.push(`${path.join('::')}: ${message}`));
  assert.ok(config, faults.join('\n'));
  const exporter = otlpHttp.create(harness.settings, config);
  exporter.connect?.([sourceOf(() => batch, 20)]);
  const stop = async (): Promise<void> => {
    await exporter.shutdown?.();
    await backend.stop();
  };
  return { backend, harness, exporter, stop };
}

const ca = (): Record<string, unknown> => ({ ca_file: file('ca.pem') });

const oneSuite = (): Record<string, unknown> => ({
  ...ca(),
  max_version: '1.2',
  cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
});

describe('TLS', () => {
  const cases: {
    name: string;
    server: string;
    tls: () => Record<string, unknown>;
    mutual?: boolean;
    error?: RegExp;
  }[] = [
    { name: 'ca_file', server: 'server', tls: ca },
    { name: 'ca_pem', server: 'server', tls: () => ({ ca_pem: pem('ca.pem') }) },
    {
      name: 'ca_file beside those of the system',
      server: 'server',
      tls: () => ({ ...ca(), include_system_ca_certs_pool: true }),
    },
    { name: 'no CA that knows it', server: 'server', tls: () => ({}), error: /UNABLE_TO_VERIFY|SELF_SIGNED/ },
    { name: 'another CA', server: 'stranger', tls: ca, error: /UNABLE_TO_VERIFY|SELF_SIGNED/ },
    { name: 'another CA, insecure_skip_verify', server: 'stranger', tls: () => ({ insecure_skip_verify: true }) },
    { name: 'a certificate for another name', server: 'named', tls: ca, error: /ERR_TLS_CERT_ALTNAME_INVALID/ },
    {
      name: 'server_name_override',
      server: 'named',
      tls: () => ({ ...ca(), server_name_override: 'backend.example' }),
    },
    {
      name: 'a client certificate',
      server: 'server',
      mutual: true,
      tls: () => ({ ...ca(), cert_file: file('client.pem'), key_file: file('client.key') }),
    },
    {
      name: 'a client certificate in place',
      server: 'server',
      mutual: true,
      tls: () => ({ ...ca(), cert_pem: pem('client.pem'), key_pem: pem('client.key') }),
    },
    {
      name: 'no client certificate where one is wanted',
      server: 'server',
      mutual: true,
      tls: ca,
      error: /ERR_SSL|ECONNRESET|EPIPE/,
    },
    {
      name: 'TLS 1.2 with one suite and curve',
      server: 'server',
      tls: () => ({
        ...ca(),
        max_version: '1.2',
        cipher_suites: ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256'],
        curve_preferences: ['P256'],
      }),
    },
  ];
  for (const { name, server, tls, mutual, error } of cases) {
    it(`${name}: ${error === undefined ? 'sent' : 'refused, and goes on'}`, async () => {
      const { backend, harness, exporter, stop } = await pushOver(tls, server, mutual);
      await exporter.start?.();
      if (error === undefined) {
        await backend.requests(1);
      } else {
        const line = await harness.logged('will be retried');
        assert.match(String(line.attributes['error.type']), error);
        assert.equal(backend.received.length, 0);
      }
      await stop();
    });
  }

  it('the versions and suites of the config are those on the wire', async () => {
    const { backend, exporter, stop } = await pushOver(oneSuite, 'server');
    const seen: string[] = [];
    backend.fallback = (response) => {
      const socket = response.socket as TLSSocket;
      seen.push(`${socket.getProtocol()} ${socket.getCipher().name}`);
      response.end();
    };
    await exporter.start?.();
    await backend.requests(1);
    assert.deepEqual(seen.slice(0, 1), ['TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256']);
    await stop();
  });

  it('a file that cannot be read is an error at start that names field and file', async () => {
    const { exporter, stop } = await pushOver(() => ({ ca_file: file('missing.pem') }), 'server');
    await assert.rejects(async () => exporter.start?.(), /tls::ca_file: cannot read .*missing\.pem: ENOENT/);
    await stop();
  });

  it('reload_interval: files are read again', async () => {
    copyFileSync(file('other.pem'), file('current.pem'));
    const tls = (): Record<string, unknown> => ({ ca_file: file('current.pem'), reload_interval: '10ms' });
    const { backend, harness, exporter, stop } = await pushOver(tls, 'server');
    await exporter.start?.();
    await harness.logged('will be retried');
    copyFileSync(file('ca.pem'), file('current.pem'));
    await backend.requests(1);
    writeFileSync(file('current.pem'), 'half a file');
    const count = backend.received.length;
    await harness.logged('TLS files not reloaded');
    await until(() => backend.received.length > count);
    await stop();
  });
});
