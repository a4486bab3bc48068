import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { isMap, object, hostPort, secret, list, string, duration } from '../schema.ts';
import { parseYaml } from '../yaml-document.ts';
import type { CliContext } from './command.ts';
import { runCli } from './cli.ts';

const factory = (type: string, config: unknown, aliases?: string[]) =>
  ({
    type,
    aliases,
    config,
    signals: ['metrics'],
    stability: 'beta',
    description: `The ${type}.`,
    create: () => ({}),
  }) as never;

const components = {
  receivers: [factory('ebpf', object({ programs: list(string()), every: duration({ default: '1m' }) }))],
  processors: [],
  exporters: [factory('prometheus', object({ endpoint: hostPort(), password: secret({ default: '' }) }), ['prom'])],
  extensions: [],
};

const config = `yaml:
receivers: {ebpf: {programs: [timers]}}
exporters: {prometheus: {endpoint: ":1", password: "\${env:PASSWORD}"}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}
`;

async function cli(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const context: CliContext = {
    components: async () => Promise.resolve(components),
    doctor: async () => Promise.resolve({ ok: false, lines: ['no BTF'] }),
    host: async () => Promise.reject(new Error('not used')),
    beforeStart: () => {},
    env: { PASSWORD: 'hunter2' },
    cwd: '/',
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
  };
  return { status: await runCli(args, context), ...said };
}

describe('command line', () => {
  const cases: { args: string[]; status: number; out?: RegExp; err?: RegExp }[] = [
    { args: [], status: 2, err: /^ebpf-otel-agent: .*\n\nUsage:/ },
    { args: ['--help'], status: 0, out: /^ {2}print-config {2}Show the config/m },
    { args: ['--version'], status: 0, out: /^ebpf-otel-agent \d+\.\d+\.\d+\n$/ },
    { args: ['run', '--help'], status: 0, out: /^ {2}--config URI +A config/m },
    { args: ['validate', '-h'], status: 0, out: /^Usage: node src\/main\.ts validate/m },
    { args: ['valdate'], status: 2, err: /^unknown command "valdate"; did you mean "validate"\?\n$/ },
    { args: ['x'], status: 2, err: /^unknown command "x"; known: run, exporter, validate/ },
    {
      args: ['validate', '--confg', 'x'],
      status: 2,
      err: /^unknown option --confg of validate; did you mean --config\?\n$/,
    },
    { args: ['validate', '--frobnicate'], status: 2, err: /^unknown option --frobnicate of validate\n$/ },
    { args: ['validate', '--config'], status: 2, err: /^--config needs URI\n$/ },
    { args: ['validate', '--config', '--set'], status: 2, err: /^--config needs URI\n$/ },
    { args: ['validate', 'x.yaml'], status: 2, err: /takes no argument "x\.yaml"; did you mean --config x\.yaml\?\n$/ },
    { args: ['doctor', 'x'], status: 2, err: /^doctor takes no argument "x"\n$/ },
    {
      args: ['print-config', '--mode', 'redact'],
      status: 2,
      err: /^--mode: expected redacted or unredacted, got "redact"; did/,
    },
    { args: ['print-config', '--mode=redacted', '--mode=redacted'], status: 2, err: /^--mode is there twice\n$/ },
    { args: ['components', '--json-schema=x'], status: 2, err: /^--json-schema: expected true or false, got "x"\n$/ },
    {
      args: ['run', '--feature-gates=+a,-b'],
      status: 2,
      err: /^--feature-gates: "\+a,-b": this agent has no feature gates\n$/,
    },
    { args: ['validate', '--config', config], status: 0, out: /^the config is valid\n$/ },
    { args: ['validate', '-config', config], status: 0, out: /^the config is valid\n$/ },
    { args: ['validate'], status: 1, err: /^--config: expected at least one --config FILE\n$/ },
    {
      args: ['validate', '--config', config, '--set', 'service.x=1'],
      status: 1,
      err: /^--set service\.x=…: service::x: unknown/,
    },
    {
      args: ['validate', `--config=${config}`, '--set=exporters.prom/old={endpoint: ":2"}'],
      status: 0,
      out: /^the config is valid/,
      err: /^warning: .*old name/,
    },
    { args: ['run', '--config', config, '--set', 'service.x=1'], status: 1, err: /service::x: unknown key "x"/ },
    { args: ['--config', config, '--set', 'service.x=1'], status: 1, err: /service::x: unknown key "x"/ },
    { args: ['doctor'], status: 1, out: /^no BTF\n$/ },
  ];
  for (const { args, status, out = /^$/, err = /^$/ } of cases) {
    test(args.join(' ').replace(config, 'CONFIG'), async () => {
      const result = await cli(...args);
      assert.match(result.out, out);
      assert.match(result.err, err);
      assert.equal(result.status, status);
    });
  }
});

const print = async (...args: string[]): Promise<string> => {
  return (await cli('print-config', '--config', config, ...args)).out;
};

describe('print-config', () => {
  test('hides secrets', async () => {
    const { value } = parseYaml(await print(), 'x');
    assert.deepEqual(value, {
      receivers: { ebpf: { programs: ['timers'] } },
      exporters: { prometheus: { endpoint: ':1', password: '[REDACTED]' } },
      service: { pipelines: { metrics: { receivers: ['ebpf'], exporters: ['prometheus'] } } },
    });
  });
  test('shows them when asked; what it prints is a config that says the same', async () => {
    const whole = await print('--mode=unredacted');
    assert.match(whole, /password: hunter2/);
    const again = await cli('print-config', '--mode=unredacted', '--config', `yaml:\n${whole}`);
    assert.equal(again.out, whole);
  });
  test('as JSON', async () => {
    const shown: unknown = JSON.parse(await print('--format=json'));
    assert.deepEqual(Object.keys(shown as object), ['receivers', 'exporters', 'service']);
  });
  test('a wrong config: refused, or shown with what no schema knows hidden', async () => {
    const wrong = [
      '--set',
      'exporters.prometheus.pasword=hunter2',
      '--set',
      'exporters.kafka.x=hunter2',
      '--set',
      'y=hunter2',
    ];
    const refused = await cli('print-config', '--config', config, ...wrong);
    assert.equal(refused.status, 1);
    assert.doesNotMatch(refused.err, /hunter2/);
    const shown = await print('--validate=false', ...wrong);
    assert.doesNotMatch(shown, /hunter2/);
    assert.match(shown, /pasword: "?\[REDACTED\]/);
  });
});

describe('components', () => {
  test('as YAML and JSON', async () => {
    const { out } = await cli('components');
    const { value } = parseYaml(out, 'x');
    assert.deepEqual((value as { exporters: unknown }).exporters, [
      {
        name: 'prometheus',
        deprecated_aliases: ['prom'],
        description: 'The prometheus.',
        stability: { metrics: 'beta' },
      },
    ]);
    assert.deepEqual(JSON.parse((await cli('components', '--format', 'json')).out), value);
  });
  test('JSON Schema: every field, with defaults as they are written, and references for any value', async () => {
    const { out } = await cli('components', '--json-schema');
    const schema: unknown = JSON.parse(out);
    assert.ok(isMap(schema));
    assert.deepEqual(Object.keys(schema.properties as object), [
      'receivers',
      'processors',
      'exporters',
      'extensions',
      'service',
    ]);
    assert.match(out, /"\^\(prometheus\|prom\)\(\/\.\+\)\?\$"/);
    assert.match(out, /"default": "1m"/);
    assert.match(out, /"pattern": "\[\$\]\[\{\]"/);
  });
});
