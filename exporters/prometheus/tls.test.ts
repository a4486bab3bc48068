import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import type { Exporter } from '../../src/component.ts';
import { OwnTelemetry } from '../../src/telemetry.ts';
import { prometheus } from './index.ts';

const run = promisify(execFile);
let folder = '';
const file = (name: string): string => join(folder, name);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-'));
  await Promise.all(['first', 'second', 'client'].map((name) => certificate(name)));
});
after(() => rm(folder, { recursive: true }));

async function certificate(name: string): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    join(folder, `${name}.key`),
  ];
  await run('openssl', ['req', '-x509', ...key, '-out', join(folder, `${name}.crt`), '-subj', `/CN=${name}`]);
}

async function start(tls: Record<string, unknown>): Promise<{ exporter: Exporter; url: string; logged: string[] }> {
  const config = prometheus.config.parse({ endpoint: 'localhost:0', tls }, [], (_, message) => assert.fail(message));
  assert.ok(config);
  const logged: string[] = [];
  const log = (message: string, attributes?: Record<string, unknown>): void =>
    void logged.push(String(attributes && 'url' in attributes ? attributes['url'] : message));
  const logger = { debug: log, info: log, warn: log, error: log };
  const telemetry = new OwnTelemetry('normal', '0.1.0', {});
  const settings = {
    id: 'prometheus',
    kind: 'exporter',
    version: '0.1.0',
    logger,
    telemetry,
    generation: 1,
    fatal: assert.fail,
  } as const;
  const exporter = prometheus.create(settings, config);
  exporter.connect?.([telemetry.source(0, 0)]);
  await exporter.start?.();
  return { exporter, url: logged[0].replace('localhost', '127.0.0.1'), logged };
}

interface ClientCertificate {
  cert?: string;
  key?: string;
}

/** The status of a scrape, and whose certificate the server showed. */
async function scrape(url: string, client: ClientCertificate = {}): Promise<{ status: number; server: string }> {
  const request = get(url, { rejectUnauthorized: false, agent: false, ...client });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const server = String((response.socket as TLSSocket).getPeerCertificate().subject.CN);
  response.resume();
  return { status: response.statusCode ?? 0, server };
}

it('serves https, and new certificates without a restart', async () => {
  const [cert, key] = [join(folder, 'live.crt'), join(folder, 'live.key')];
  await copyFile(join(folder, 'first.crt'), cert);
  await copyFile(join(folder, 'first.key'), key);
  const { exporter, url, logged } = await start({ cert_file: cert, key_file: key, reload_interval: '50ms' });
  try {
    assert.match(url, /^https:/);
    assert.deepEqual(await scrape(url), { status: 200, server: 'first' });
    await rm(key);
    for (let i = 0; i < 100 && logged.length < 2; i++) await sleep(20);
    assert.equal(logged[1], 'TLS files not reloaded');
    assert.equal((await scrape(url)).server, 'first');
    await copyFile(join(folder, 'second.crt'), cert);
    await copyFile(join(folder, 'second.key'), key);
    for (let i = 0; i < 100 && (await scrape(url)).server !== 'second'; i++) await sleep(20);
    assert.equal((await scrape(url)).server, 'second');
  } finally {
    await exporter.shutdown?.();
  }
});

it('asks clients for a certificate where client_ca_file says so', async () => {
  const tls = { cert_file: file('first.crt'), key_file: file('first.key'), client_ca_file: file('client.crt') };
  const { exporter, url } = await start(tls);
  try {
    const pem = async (name: string): Promise<ClientCertificate> => ({
      cert: await readFile(file(`${name}.crt`), 'utf8'),
      key: await readFile(file(`${name}.key`), 'utf8'),
    });
    assert.equal((await scrape(url, await pem('client'))).status, 200);
    await assert.rejects(scrape(url));
    await assert.rejects(scrape(url, await pem('second')));
  } finally {
    await exporter.shutdown?.();
  }
});

it('a file that is missing is told by field and name', async () => {
  await assert.rejects(
    start({ cert_file: '/nonexistent/a.crt', key_pem: 'x' }),
    /tls::cert_file: cannot read \/nonexistent\/a\.crt/,
  );
});
