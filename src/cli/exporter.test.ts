import { after, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { components } from '../components.ts';
import { loadConfig } from '../config.ts';
import { parseYaml } from '../yaml-document.ts';
import { runCli } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'exporter-'));
after(() => rmSync(folder, { recursive: true }));
const repository = join(import.meta.dirname, '../..');

interface Said {
  status: number;
  out: string;
  err: string;
}

async function exporter(flags: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const said = { out: '', err: '' };
  const status = await runCli(['exporter', ...flags], {
    components: async () => Promise.resolve(components),
    doctor: async () => Promise.reject(new Error('not used')),
    host: async () => Promise.reject(new Error('not used')),
    beforeStart: () => assert.fail('nothing is started here'),
    env,
    cwd: folder,
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  });
  return { status, ...said };
}

/** The pipeline that flags stand for, as `run --config` would read it. */
async function pipeline(flags: readonly string[], env?: Record<string, string>): Promise<Record<string, never>> {
  const { status, out, err } = await exporter(['--config.names=timers', ...flags, '--print-config'], env);
  assert.deepEqual([status, err], [0, '']);
  return parseYaml(out, 'printed').value as Record<string, never>;
}

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

describe('exporter: flags as a pipeline', () => {
  test('without others than --config.names it is config/ebpf-exporter.yaml, on all interfaces', async () => {
    const load = (uri: string): unknown => {
      const { config } = loadConfig({ uris: [uri], sets: [], components, env: {}, cwd: folder, checkFiles: false });
      const blocks = [config.receivers, config.processors, config.exporters].map((section) =>
        Array.from(section.values(), ({ id, config: block }) => [id, block]),
      );
      return { blocks, pipelines: config.service.pipelines };
    };
    const flags = ['--config.names', 'timers,raw-tracepoints,biolatency', '--web.listen-address', 'localhost:9435'];
    const { out } = await exporter([...flags, '--print-config']);
    assert.deepEqual(load(`yaml:${out}`), load(join(repository, 'config/ebpf-exporter.yaml')));
    assert.deepEqual((await pipeline([])).exporters, {
      prometheus: {
        endpoint: ':9435',
        namespace: 'ebpf_exporter',
        add_metric_suffixes: false,
        without_scope_info: true,
        metric_expiration: '0s',
      },
    });
  });

  test('the receiver', async () => {
    const flags = ['--config.dir=.', '--config.strict', '--btf.path', 'vmlinux', '--config.skip-cache-size=100'];
    const { receivers } = await pipeline(flags);
    assert.deepEqual(receivers, {
      ebpf: { programs: ['timers'], config_dir: folder, btf_path: join(folder, 'vmlinux'), on_error: 'fail' },
    });
  });

  test('address and path; a $ is no reference', async () => {
    const flags = ['--config.names=a,b', '--web.listen-address=fd://0', '--web.telemetry-path=/${env:HOME}$$'];
    const { out, err } = await exporter([...flags, '--print-config']);
    assert.equal(err, '');
    const { config } = loadConfig({
      uris: [`yaml:${out}`],
      sets: [],
      components,
      env: { HOME: 'wrong' },
      cwd: folder,
      checkFiles: false,
    });
    const prometheus = { ...(config.exporters.get('prometheus')?.config as Record<string, string> | undefined) };
    assert.deepEqual([prometheus.endpoint, prometheus.telemetry_path], ['fd://0', '/${env:HOME}$$']);
    const receiver = config.receivers.get('ebpf')?.config as { programs: string[] } | undefined;
    assert.deepEqual(receiver?.programs, ['a', 'b']);
  });

  test('logs', async () => {
    const { service } = await pipeline(['--debug', '--log.no-timestamps']);
    assert.deepEqual((service as { telemetry: unknown }).telemetry, {
      logs: { level: 'debug', disable_timestamp: true },
    });
    const { service: off } = await pipeline(['--no-debug', '--log.no-timestamps=false']);
    assert.deepEqual(Object.keys(off), ['pipelines']);
  });

  test('spans go where the environment says', async () => {
    file('spans.yaml', 'tracing:\n  spans: []\n');
    const flags = ['--config.dir=.', '--config.names=spans', '--print-config'];
    const printed = async (env: Record<string, string>): Promise<Record<string, Record<string, unknown>>> =>
      parseYaml((await exporter(flags, env)).out, 'printed').value as Record<string, Record<string, unknown>>;
    const { exporters, service } = await printed({});
    assert.deepEqual(exporters.otlp_http, { endpoint: 'http://localhost:4318' });
    assert.deepEqual(service.telemetry, { resource: { 'service.name': 'ebpf_exporter' } });
    assert.deepEqual((service.pipelines as { traces: unknown }).traces, {
      receivers: ['ebpf'],
      processors: ['decode'],
      exporters: ['otlp_http'],
    });
    const own = await printed({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b:1/x',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20c2VjcmV0',
      OTEL_SERVICE_NAME: 's',
    });
    assert.deepEqual(own.exporters.otlp_http, {
      traces_endpoint: 'http://b:1/x',
      headers: { authorization: '[REDACTED]' },
    });
    assert.deepEqual(own.service.telemetry, { resource: { 'service.name': 's' } });
    assert.deepEqual(Object.keys((await printed({ OTEL_TRACES_EXPORTER: 'none' })).exporters), ['prometheus']);
    assert.ok('debug' in (await printed({ OTEL_TRACES_EXPORTER: 'console' })).exporters);
    const grpc = await exporter(flags, { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    assert.deepEqual(
      [grpc.status, grpc.err],
      [1, 'OTEL_EXPORTER_OTLP_PROTOCOL=grpc: expected http/protobuf or http/json\n'],
    );
  });
});

describe('exporter: --web.config.file', () => {
  test('TLS, headers and users; paths start at its folder', async () => {
    const web = file(
      'web.yml',
      `tls_server_config:
  cert_file: a.crt
  key: |
    -----BEGIN PRIVATE KEY-----
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: /etc/ca.crt
  min_version: TLS13
  cipher_suites: []
http_server_config:
  headers: { X-Frame-Options: deny }
basic_auth_users: { alice: $2y$10$${'x'.repeat(53)} }
`,
    );
    const { exporters } = await pipeline([`--web.config.file=${web}`]);
    const { prometheus } = exporters as { prometheus: Record<string, unknown> };
    const { tls, response_headers: headers, basic_auth_users: users } = prometheus;
    assert.deepEqual(users, { alice: '[REDACTED]' });
    assert.deepEqual(tls, {
      cert_file: join(folder, 'a.crt'),
      key_pem: '[REDACTED]',
      client_ca_file: '/etc/ca.crt',
      min_version: '1.3',
      max_version: '1.3',
      reload_interval: '1m',
    });
    assert.deepEqual(headers, { 'X-Frame-Options': '[REDACTED]' });
  });

  test('an empty file asks for nothing, HTTP/2 gets a word', async () => {
    const { exporters } = await pipeline([`--web.config.file=${file('empty.yml', '')}`]);
    assert.ok(!('tls' in (exporters as { prometheus: object }).prometheus));
    const http2 = file('http2.yml', 'http_server_config: { http2: true }\n');
    const { status, err } = await exporter(['--config.names=timers', `--web.config.file=${http2}`, '--print-config']);
    assert.equal(status, 0);
    assert.match(err, /^warning: .*http2\.yml: http_server_config::http2: clients get HTTP\/1\.1/);
  });

  const pair = 'cert_file: a, key_file: b';
  const refused: [string, RegExp][] = [
    ['basic_auth_users: { alice: $2y$10$x }', /web\.yml:1:28: basic_auth_users::alice: expected a bcrypt hash such as/],
    ['rate_limit: { interval: 1s }', /rate_limit: "rate_limit" is not supported/],
    [`tls_server_config: { ${pair}, client_allowed_sans: [a] }`, /"client_allowed_sans" is not supported/],
    [`tls_server_config: { ${pair}, cipher_suites: [a] }`, /"cipher_suites" is not supported/],
    [`tls_server_config: { ${pair}, curve_preferences: [a] }`, /"curve_preferences" is not supported/],
    [`tls_server_config: { ${pair}, client_auth_type: VerifyClientCertIfGiven }`, /VerifyClientCertIfGiven is not/],
    [`tls_server_config: { ${pair}, client_ca_file: ca }`, /RequireAndVerifyClientCert and "client_ca_file" go tog/],
    [`tls_server_config: { ${pair}, min_version: TLS14 }`, /min_version: expected one of .*TLS14/],
    ['tls_server_config: { cert_file: a }', /expected one of "key_file" and "key"/],
    ['http_server_config: { headers: { X-Mine: a } }', /X-Mine: expected one of Content-Security-Policy/],
    ['tls_server_confg: {}', /unknown key "tls_server_confg"; did you mean "tls_server_config"/],
  ];
  for (const [text, said] of refused) {
    test(`refused: ${text}`, async () => {
      const flags = ['--config.names=timers', `--web.config.file=${file('web.yml', text)}`];
      const { status, out, err } = await exporter(flags);
      assert.match(err, said);
      assert.deepEqual([status, out], [1, '']);
    });
  }
});

describe('exporter: wrong flags, exit status 1', () => {
  const cases: [string[], RegExp][] = [
    [[], /^--config\.names NAMES is missing: the programs to run/],
    [['--config.nams=x'], /^unknown option --config\.nams of exporter; did you mean --config\.names\?$/m],
    [['--config.file=x'], /^unknown option --config\.file of exporter/],
    [['--config.names=a', '--config.names=b'], /^--config\.names is there twice$/m],
    [['--config.names'], /^--config\.names needs NAMES$/m],
    [['--config.names=a', '--config.strict=yes'], /^--config\.strict: expected true or false, got "yes"$/m],
    [['--config.names=a', '--config.dir=nowhere'], /^--config\.dir: expected a folder, got "nowhere"$/m],
    [
      ['--config.names=a', '--config.skip-cache-size=x'],
      /^--config\.skip-cache-size: expected a whole number, got "x"/,
    ],
    [['--config.names=a', '--web.config.file=none.yml'], /none\.yml: cannot be read/],
    [['timers'], /^exporter takes no argument "timers"$/m],
  ];
  for (const [flags, said] of cases) {
    test(flags.join(' ') || 'none', async () => {
      const { status, err } = await exporter(flags);
      assert.match(err, said);
      assert.equal(status, 1);
    });
  }
});
