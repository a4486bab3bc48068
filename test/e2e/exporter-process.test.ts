// What a service manager and its units ask of the agent: sockets that are there already, no capabilities, checks beforehand.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { requires } from '../support/abilities.ts';
import { runAgent } from '../support/agent.ts';
import { freePort, until, untilChild } from '../support/child.ts';
import { OtlpBackend } from '../support/otlp-backend.ts';
import { formatPrograms } from '../format/build.ts';
import { startActivated, startExporter } from './exporting.ts';

const timers = '--config.names=timers';
const folder = mkdtempSync(join(tmpdir(), 'exporter-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const starts = async (agent: {
  page: () => Promise<{ samples: { name: string; value: number }[] }>;
}): Promise<number> =>
  (await agent.page()).samples
    .filter(({ name }) => name === 'ebpf_exporter_timer_starts_total')
    .reduce((sum, { value }) => sum + value, 0);

describe('an inherited socket', requires('root', 'btf'), () => {
  const caches = { 'as it starts anew with its cache': undefined, 'with a cold cache': join(folder, 'cache') };
  for (const fd of [0, 3] as const) {
    for (const [how, cache] of Object.entries(caches)) {
      it(`fd://0 is descriptor ${fd}, ${how}`, async () => {
        const env = { NODE_COMPILE_CACHE: cache === undefined ? undefined : `${cache}${fd}` };
        const agent = await startActivated(fd, ['exporter', timers, '--web.listen-address=fd://0'], env);
        assert.ok((await starts(agent)) > 0);
        const { status, logs } = await agent.stop();
        assert.equal(status, 0, logs);
        assert.ok(logs.includes(`"url": "${agent.url}"`), logs);
        assert.doesNotMatch(logs, /every interface/);
      });
    }
  }

  it('stays through reloads; its timeouts wait for a restart', async () => {
    const file = join(folder, 'agent.yaml');
    const write = (timeout: string): void =>
      writeFileSync(
        file,
        `receivers: { ebpf: { programs: [timers] } }
exporters: { prometheus: { endpoint: fd://0, namespace: ebpf_exporter, read_timeout: ${timeout} } }
service: { pipelines: { metrics: { receivers: [ebpf], exporters: [prometheus] } } }
`,
      );
    write('10s');
    const agent = await startActivated(0, ['run', '--config', file]);
    const reload = async (said: RegExp): Promise<void> => {
      process.kill(agent.pid, 'SIGHUP');
      await untilChild(agent, String(said), async () => said.test(agent.logs()) || undefined);
      assert.ok((await agent.page()).samples.length > 0);
    };
    await reload(/\treloaded\n/);
    write('20s');
    await reload(/not reloaded, .*fd:\/\/0: a socket from outside keeps its TLS and timeouts until a restart/);
    assert.equal((await agent.stop()).status, 0);
  });

  it('that is none is told', async () => {
    const child = await runAgent(['exporter', timers, '--web.listen-address=fd://0']);
    const { status, logs } = await child.exit;
    assert.equal(status, 1);
    assert.match(logs, /listen fd:\/\/0: descriptor 0 is not a socket that listens; start it by a systemd socket unit/);
  });
});

describe('--capabilities.keep', requires('root', 'btf'), () => {
  const capabilities = (pid: number): string[] =>
    readdirSync(`/proc/${pid}/task`).flatMap(
      (task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8').match(/^Cap(Eff|Prm|Bnd):.*$/gm) ?? [],
    );
  const noSymbols = /\twarn\tprocessors::decode\tkernel symbols have no addresses here: run with CAP_SYSLOG/;
  for (const { keep, mask, warned } of [
    { keep: 'none', mask: '0000000000000000', warned: noSymbols },
    { keep: 'cap_bpf,cap_syslog', mask: '0000008400000000', warned: /^$/ },
  ]) {
    it(`${keep}: all threads have these, and pages go on`, async () => {
      const agent = await startExporter([timers, `--capabilities.keep=${keep}`]);
      const before = await starts(agent);
      assert.deepEqual([...new Set(capabilities(agent.pid).map((line) => line.split('\t')[1]))], [mask]);
      assert.ok(before > 0);
      await until('counts go on', async () => (await starts(agent)) > before || undefined);
      assert.deepEqual([...new Set(capabilities(agent.pid).map((line) => line.split('\t')[1]))], [mask]);
      process.kill(agent.pid, 'SIGHUP');
      await until('it has reloaded', async () => agent.logs().includes('\treloaded\n') || undefined);
      assert.ok((await starts(agent)) > before);
      const { status, logs } = await agent.stop();
      assert.equal(status, 0, logs);
      assert.match(logs, /capabilities dropped/);
      const complaints = logs.split('\n').filter((line) => /\t(warn|error)\t/.test(line) && !warned.test(line));
      assert.deepEqual(complaints, []);
    });
  }
});

describe('--web.config.file', requires('root', 'btf'), () => {
  it('serves https with its certificate and headers, to its users', async () => {
    const [key, cert, web] = ['key.pem', 'cert.pem', 'web.yml'].map((name) => join(folder, name));
    const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    assert.equal(spawnSync('openssl', ['req', '-x509', ...made, ...name]).status, 0);
    writeFileSync(
      web,
      `tls_server_config: { cert_file: cert.pem, key_file: key.pem }
http_server_config: { headers: { X-Frame-Options: deny } }
basic_auth_users: { alice: $2y$04$maPTRRY28Lbdtjhll6g9EeUVqSXKd05TYxwM9wsXmw1kWGdX7kZli }
`,
    );
    const port = await freePort();
    const agent = await runAgent(['exporter', timers, `--web.config.file=${web}`, `--web.listen-address=:${port}`]);
    try {
      await untilChild(agent, 'it is ready', async () => agent.logs().includes('everything is ready') || undefined);
      const ask = ['-sSi', '--cacert', cert, '--noproxy', '*', `https://localhost:${port}/metrics`];
      const refused = spawnSync('curl', ask, { encoding: 'utf8' });
      assert.match(refused.stdout, /^HTTP\/1\.1 401 Unauthorized\r\n/);
      const { stdout } = spawnSync('curl', ['--user', 'alice:secret', ...ask], { encoding: 'utf8' });
      assert.match(stdout, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(stdout, /^x-frame-options: deny\r$/im);
      assert.match(stdout, /^ebpf_exporter_timer_starts_total\{/m);
    } finally {
      const { logs } = await agent.stop();
      assert.doesNotMatch(logs, /listening on every interface/);
    }
  });
});

describe('--config.check', requires('root', 'btf'), () => {
  it('loads and attaches, opens no port', async () => {
    const child = await runAgent(['exporter', timers, '--config.check', '--web.listen-address=256.0.0.1:1']);
    const { status, logs } = await child.exit;
    assert.match(logs, /"config": "timers", "state": "active"/);
    assert.match(logs, /^all programs attach$/m);
    assert.equal(status, 0);
  });

  it('fails for a program that is not there', async () => {
    const { status, logs } = await (await runAgent(['exporter', '--config.names=timrs', '--config.check'])).exit;
    assert.match(logs, /timrs\.yaml: .*no such program config; did you mean "timers"\?/);
    assert.equal(status, 1);
  });

  it('fails for a program that does not load', async () => {
    const flags = [timers, '--config.check', '--btf.path=/dev/null'];
    const { status, logs } = await (await runAgent(['exporter', ...flags])).exit;
    assert.match(logs, /program timers is failed/);
    assert.equal(status, 1);
  });
});

describe('spans', requires('root', 'btf'), () => {
  it('go where the environment says, as JSON when it says so', async () => {
    const [programs, backend] = [await formatPrograms(), await OtlpBackend.start()];
    const agent = await startExporter([`--config.dir=${programs}`, '--config.names=spans'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b',
    });
    try {
      spawnSync(join(programs, 'format-target'), ['1']);
      const sent = await until('a push', async () => backend.received.find(({ path }) => path === '/v1/traces'));
      assert.equal(sent.headers['x-tenant'], 'a b');
      assert.match(sent.body.toString(), /"name":"parent"/);
    } finally {
      const { status } = await agent.stop();
      await backend.stop();
      assert.equal(status, 0);
    }
  });
});

describe('logs', requires('root', 'btf'), () => {
  it('--log.no-timestamps: none in any line; --debug: more lines', async () => {
    const agent = await startExporter([timers, '--log.no-timestamps', '--debug']);
    const { logs } = await agent.stop();
    assert.match(logs, /^info\tagent\tstarting ebpf-otel-agent\t/);
    assert.doesNotMatch(logs, /^\d{4}-/m);
  });
});
