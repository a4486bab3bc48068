import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Component, Factory, Signal } from './component.ts';
import { parseId } from './config/component-id.ts';
import type { Components, LoadedConfig } from './config.ts';
import { ConfigError, loadConfig } from './config.ts';
import type { ObjectSchema } from './schema.ts';
import { duration, hostPort, list, object, secret, string } from './schema.ts';

function factory(type: string, config: ObjectSchema<unknown>, more: Partial<Factory<unknown, Component>> = {}) {
  const signals: Signal[] = ['metrics'];
  return { type, config, signals, stability: 'beta' as const, description: type, create: () => ({}), ...more } as never;
}

const components: Components = {
  receivers: [
    factory(
      'ebpf',
      object({ programs: list(string(), { min: 1 }), collection_interval: duration({ default: '1m' }) }),
      {
        signals: ['metrics', 'traces'],
        validate: () => [],
      },
    ),
  ],
  processors: [factory('decode', object({})), factory('cgroup', object({}))],
  exporters: [
    factory('otlp_http', object({ endpoint: string(), token: secret({ default: '' }) }), {
      aliases: ['otlphttp'],
      signals: ['metrics', 'traces'],
    }),
    factory('prometheus', object({ endpoint: hostPort() }), {
      validate: () => [{ file: 'other.yaml', line: 3, column: 4, path: 'a', message: 'is wrong' }],
    }),
  ],
  extensions: [factory('zpages', object({}))],
};

const base = `
receivers: {ebpf: {programs: [timers]}}
processors: {decode: , decode/second: }
exporters: {otlp_http: {endpoint: x}}
extensions: {zpages: }
service: {pipelines: {metrics: {receivers: [ebpf], processors: [decode/second, decode], exporters: [otlp_http]}}}
`;

function load(text: string, sets: string[] = [], env: Record<string, string> = {}): LoadedConfig {
  return loadConfig({ uris: [`yaml:\n${text.trimStart()}`], sets, components, env, cwd: tmpdir() });
}
function faults(text: string, sets: string[] = [], env: Record<string, string> = {}): string[] {
  try {
    load(text, sets, env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split('\n').map((line) => line.replace(/^yaml:…:/, ''));
  }
}

describe('a config', () => {
  const { config, warnings } = load(base);

  test('has pipelines with their references in order', () => {
    assert.deepEqual(config.service.pipelines, [
      {
        id: 'metrics',
        signal: 'metrics',
        receivers: ['ebpf'],
        processors: ['decode/second', 'decode'],
        exporters: ['otlp_http'],
      },
    ]);
    assert.deepEqual(warnings, []);
  });
  test('has components by id, parsed', () => {
    const { id, type, config: parsed, used } = config.receivers.get('ebpf') ?? {};
    const expected = { programs: ['timers'], collection_interval: 60_000 };
    assert.deepEqual({ id, type, parsed, used }, { id: 'ebpf', type: 'ebpf', parsed: expected, used: true });
  });
  test('keeps what is defined and not used, marked', () => {
    assert.equal(config.extensions.get('zpages')?.used, false);
    assert.equal(load(base, ['service.extensions=[zpages]']).config.extensions.get('zpages')?.used, true);
  });
  test("has the collector's telemetry defaults", () => {
    const { logs, metrics, resource } = config.service.telemetry;
    assert.deepEqual([logs.level, logs.encoding, logs.output_paths], ['info', 'console', ['stderr']]);
    assert.deepEqual(logs.sampling, { enabled: true, tick: 10_000, initial: 10, thereafter: 100 });
    assert.deepEqual([metrics.level, resource], ['normal', {}]);
  });
  test('takes telemetry fields', () => {
    const telemetry =
      '{logs: {level: DEBUG, initial_fields: {a: [1]}}, metrics: {level: none, readers: []}, resource: {a: b, n: 1.10}}';
    const { logs, metrics, resource } = load(base, [`service.telemetry=${telemetry}`]).config.service.telemetry;
    assert.deepEqual([logs.level, logs.initial_fields, metrics.level], ['debug', { a: [1] }, 'none']);
    assert.deepEqual(resource, { a: 'b', n: 1.1 });
  });
  test('takes old names, with a warning; ids stay', () => {
    const old = load(base.replaceAll('otlp_http', 'otlphttp/x'));
    assert.equal(old.config.exporters.get('otlphttp/x')?.type, 'otlp_http');
    assert.deepEqual(old.warnings, [
      'yaml:…:4:13: exporters::otlphttp/x: "otlphttp" is the old name of "otlp_http" and may go away',
    ]);
  });
  test('counts a receiver that is named twice once, with a warning', () => {
    const twice = load(base, ['service.pipelines.metrics.receivers=[ebpf, ebpf]']);
    assert.deepEqual(twice.config.service.pipelines[0].receivers, ['ebpf']);
    assert.match(twice.warnings[0], /receivers::1: receiver "ebpf" is there twice: counts once$/);
  });
});

describe('sources', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  writeFileSync(join(folder, 'base.yaml'), base);
  writeFileSync(join(folder, 'more.yaml'), 'exporters: {otlp_http: {endpoint: y}}\n');
  const endpoint = (uris: string[], sets: string[] = []): unknown => {
    const env = { MORE: 'exporters: {otlp_http: {endpoint: z}}' };
    const { config } = loadConfig({ uris, sets, components, env, cwd: folder });
    return (config.exporters.get('otlp_http')?.config as { endpoint?: string } | undefined)?.endpoint;
  };
  test.after(() => rmSync(folder, { recursive: true }));

  const cases: { name: string; uris: string[]; sets?: string[]; endpoint: string }[] = [
    { name: 'a file', uris: ['base.yaml'], endpoint: 'x' },
    { name: 'file:', uris: ['file:base.yaml', `file:${join(folder, 'more.yaml')}`], endpoint: 'y' },
    { name: 'left to right', uris: ['more.yaml', 'base.yaml'], endpoint: 'x' },
    { name: 'env:', uris: ['base.yaml', 'env:MORE'], endpoint: 'z' },
    { name: 'yaml: with ::', uris: ['base.yaml', 'yaml:exporters::otlp_http::endpoint: q'], endpoint: 'q' },
    { name: '--set over all', uris: ['base.yaml'], sets: ['exporters.otlp_http.endpoint=s'], endpoint: 's' },
  ];
  for (const { name, uris, sets, endpoint: expected } of cases) {
    test(name, () => assert.equal(endpoint(uris, sets), expected));
  }

  const wrong: { name: string; uris: string[]; sets?: string[]; fault: string }[] = [
    { name: 'none', uris: [], fault: '--config: expected at least one --config FILE' },
    { name: 'a missing file', uris: ['no.yaml'], fault: 'no.yaml: cannot be read: no such file' },
    { name: 'an unset variable', uris: ['env:NO'], fault: 'env:NO: environment variable NO is not set' },
    { name: 'an unknown scheme', uris: ['s3:x'], fault: 's3:x: unknown scheme "s3:"; known: env:, file: and yaml:' },
    {
      name: 'a scalar',
      uris: ['yaml:x'],
      fault: 'yaml:x…: expected a map with receivers, exporters, service…, got a scalar',
    },
    { name: 'no value', uris: ['base.yaml'], sets: ['a'], fault: '--set: expected KEY=VALUE, got "a"' },
    {
      name: 'a wrong --set, without its value',
      uris: ['base.yaml'],
      sets: ['exporters.otlp_http.tokn=hunter2'],
      fault: '--set exporters.otlp_http.tokn=…: exporters::otlp_http::tokn: unknown key "tokn"; did you mean "token"?',
    },
  ];
  for (const { name, uris, sets, fault } of wrong) {
    test(name, () => {
      assert.throws(() => endpoint(uris, sets), { name: 'ConfigError', message: fault });
    });
  }
  test('http: is refused with the reason', () => {
    assert.throws(() => endpoint(['https://x/y']), /https: is not supported: a config fetched over the network/);
  });
});

describe('structural errors', () => {
  const cases: { name: string; sets: string[]; fault: RegExp }[] = [
    {
      name: 'unknown section',
      sets: ['exporter='],
      fault: /exporter: unknown key "exporter"; did you mean "exporters"\?$/,
    },
    { name: 'connectors', sets: ['connectors.forward='], fault: /connectors: this agent has no connectors$/ },
    {
      name: 'a list of receivers',
      sets: ['extensions=[a]'],
      fault: /extensions: expected a map of extensions, got a list$/,
    },
    {
      name: 'unknown type',
      sets: ['exporters.kafka='],
      fault: /exporters::kafka: unknown exporter type "kafka"; this agent has otlp_http, prometheus$/,
    },
    {
      name: 'a type with a near miss',
      sets: ['exporters.otlp_htp='],
      fault: /unknown exporter type "otlp_htp"; did you mean "otlp_http"\?; this agent has/,
    },
    { name: 'no type', sets: ['exporters./a='], fault: /expected an id TYPE or TYPE\/NAME, got "\/a": "" is no type$/ },
    { name: 'no name', sets: ['exporters.otlp_http/='], fault: /got "otlp_http\/": nothing after the slash$/ },
    {
      name: 'a symbol in a name',
      sets: ['exporters.otlp_http/a$b='],
      fault: /a name has no spaces, control characters or/,
    },
    {
      name: 'undefined reference',
      sets: ['service.pipelines.metrics.processors=[decod]'],
      fault: /processors::0: references processor "decod" which is not configured; did you mean "decode"\?$/,
    },
    {
      name: 'undefined extension',
      sets: ['service.extensions=[health_check]'],
      fault: /extensions::0: references extension "health_check" which is not configured; configured: zpages$/,
    },
    {
      name: 'the same processor twice',
      sets: ['service.pipelines.metrics.processors=[decode, decode]'],
      fault: /processors::1: processor "decode" is there twice$/,
    },
    {
      name: 'no exporters',
      sets: ['service.pipelines.metrics.exporters=[]'],
      fault: /exporters: expected at least one exporter, got an empty list$/,
    },
    {
      name: 'no receivers at all',
      sets: ['service.pipelines.metrics.receivers='],
      fault: /receivers: "receivers" is required: a list$/,
    },
    {
      name: 'a signal that a component does not take',
      sets: ['service.pipelines.traces={receivers: [ebpf], processors: [decode], exporters: [otlp_http]}'],
      fault: /processors::0: processor "decode" is not for traces: type decode takes metrics$/,
    },
    {
      name: 'logs',
      sets: ['service.pipelines.logs={}'],
      fault: /this agent has no logs pipelines: only metrics and traces$/,
    },
    {
      name: 'a pipeline id that is none',
      sets: ['service.pipelines.metric={}'],
      fault: /expected a pipeline id such as metrics or traces\/NAME, got "metric"; did you mean "metrics"\?$/,
    },
    {
      name: 'no pipelines',
      sets: ['service=5'],
      fault: /^--set service=…: service: expected a map, got 5 \(number\)$/,
    },
    {
      name: 'null replaces pipelines',
      sets: ['service.pipelines='],
      fault: /service::pipelines: "pipelines" is required/,
    },
    {
      name: 'readers',
      sets: ['service.telemetry.metrics.readers=[{pull: }]'],
      fault: /metrics::readers: "readers" is a field of the collector's that this agent does not have/,
    },
    {
      name: 'files that a config names',
      sets: ['exporters.prometheus.endpoint=:1'],
      fault: /^other\.yaml:3:4: a: is wrong$/,
    },
  ];
  for (const { name, sets, fault } of cases) {
    test(name, () => {
      const found = faults(base, sets);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0], fault);
    });
  }

  test('no service', () => {
    assert.match(
      faults('receivers: ')[0],
      / service::pipelines: "pipelines" is required: a map of pipelines such as metrics: \{/,
    );
  });
  test('every error at once, sorted by place', () => {
    const text = `
receivers:
  ebpf: {programs: []}
exporters:
  otlp_http: {tokn: x}
service:
  pipelines:
    metrics: {receivers: [ebpf, ebfp], exporters: []}
  telemetry: {logs: {level: loud}}
`;
    assert.deepEqual(
      faults(text).map((line) => line.split(': ').slice(0, 2).join(' ')),
      [
        '3:20 receivers::ebpf::programs',
        '5:3 exporters::otlp_http::endpoint',
        '5:15 exporters::otlp_http::tokn',
        '8:33 service::pipelines::metrics::receivers::1',
        '8:51 service::pipelines::metrics::exporters',
        '9:29 service::telemetry::logs::level',
      ],
    );
  });
  test('an unset variable is named where its value is missed', () => {
    const [fault] = faults(base, ['exporters.otlp_http.endpoint=${env:BACKEND}']);
    assert.match(fault, /endpoint: "endpoint" is required: text; environment variable BACKEND is not set$/);
  });
  test('a value whose expansion failed is reported once', () => {
    assert.equal(faults(base, ['receivers.ebpf.programs=${nope:x}']).length, 1);
  });
});

test('properties: ids', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-zA-Z][0-9a-zA-Z_]{0,62}$/),
      fc.stringMatching(/^[\w./-]{1,50}$/),
      (type, name) => {
        assert.deepEqual(parseId(type), { type, name: undefined });
        assert.deepEqual(parseId(`${type}/${name}`), { type, name });
      },
    ),
  );
});

test('properties: whatever the YAML is, there is a config or a ConfigError', () => {
  const names = fc.constantFrom(
    'receivers',
    'exporters',
    'service',
    'pipelines',
    'metrics',
    'ebpf',
    'programs',
    '${env:X}',
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(fc.string(), fc.integer(), fc.constant(null), names),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(names, fc.string()), tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.string(), (tree, env) => {
      assert.ok(faults(JSON.stringify(tree), [], { X: env }).every((line) => line.length > 0));
    }),
    { numRuns: 300 },
  );
});
