import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { arch, hostname, release, userInfo } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import type { Logger } from '../../src/component.ts';
import { OwnTelemetry } from '../../src/telemetry.ts';
import type { ResourceDetectionConfig } from './config.ts';
import { within } from './detect.ts';
import { resourceDetection } from './index.ts';

class LogLines implements Logger {
  readonly lines: string[] = [];
  debug = (message: string): void => void this.lines.push(message);
  info = this.debug;
  warn = this.debug;
  error = this.debug;
}

function parse(config: unknown): { config?: ResourceDetectionConfig; faults: string[] } {
  const faults: string[] = [];
  const parsed = resourceDetection.config.parse(config, [], (path, message) =>
    faults.push(`${path.join('::')}: ${message}`),
  );
  return { config: parsed, faults };
}

function environment(t: TestContext, variables: Record<string, string | undefined>): void {
  const before = { ...process.env };
  t.after(() => {
    for (const name of Object.keys(variables)) delete process.env[name];
    Object.assign(process.env, before);
  });
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const OTEL = {
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging,service.name=of-attributes',
  OTEL_SERVICE_NAME: undefined,
};

/** What a batch's resource becomes. */
async function resourceOf(
  config: Record<string, unknown>,
  resource: Attributes = {},
  logger = new LogLines(),
): Promise<Attributes> {
  const parsed = parse(config);
  assert.ok(parsed.config !== undefined, parsed.faults.join('\n'));
  const settings = {
    id: 'resource_detection',
    kind: 'processor',
    version: '1',
    generation: 1,
    fatal: assert.fail,
  } as const;
  const processor = resourceDetection.create(
    { ...settings, logger, telemetry: new OwnTelemetry('none', '1', {}) },
    parsed.config,
  );
  await processor.start?.();
  const batch = { resource: { ...resource }, timeUnixNano: 0n, families: [] };
  processor.process(batch);
  processor.process(batch);
  await processor.shutdown?.();
  await processor.shutdown?.();
  return batch.resource;
}

const otelArch = arch() === 'x64' ? 'amd64' : arch();

describe('detectors', () => {
  it('system', async () => {
    const found = await resourceOf({ detectors: ['system'] });
    assert.deepEqual(found, { 'host.name': hostname(), 'host.arch': otelArch, 'os.type': 'linux' });
  });
  it('host and os', async () => {
    const found = await resourceOf({ detectors: ['host', 'os'] });
    assert.deepEqual(found, {
      'os.type': 'linux',
      'os.version': release(),
      'host.name': hostname(),
      'host.arch': otelArch,
    });
  });
  it('attributes are added and left out by name', async () => {
    const attributes = { 'host.name': { enabled: false }, 'os.version': { enabled: true } };
    const found = await resourceOf({ detectors: ['system'], system: { resource_attributes: attributes } });
    assert.deepEqual(found, { 'host.arch': otelArch, 'os.type': 'linux', 'os.version': release() });
  });
  it('process, without its arguments', async () => {
    const found = await resourceOf({ detectors: ['process'] });
    assert.equal(found['process.pid'], process.pid);
    assert.equal(found['process.executable.path'], process.execPath);
    assert.equal(found['process.owner'], userInfo().username);
    assert.ok(!('process.command_args' in found) && !('process.command_line' in found));
  });
  it('process, with its arguments when asked', async () => {
    const own = { resource_attributes: { 'process.command_args': { enabled: true } } };
    const found = await resourceOf({ detectors: ['process'], process: own });
    assert.ok(Array.isArray(found['process.command_args']));
  });
  it('container: nothing outside of one, 64 hex digits in one', async () => {
    const { 'container.id': id } = await resourceOf({ detectors: ['container'] });
    assert.ok(id === undefined || (typeof id === 'string' && /^[0-9a-f]{64}$/.test(id)));
  });
  it('env', async (t) => {
    environment(t, OTEL);
    const found = await resourceOf({});
    assert.deepEqual(found, { 'deployment.environment.name': 'staging', 'service.name': 'of-attributes' });
  });
  it('env: OTEL_SERVICE_NAME comes first', async (t) => {
    environment(t, { ...OTEL, OTEL_SERVICE_NAME: 'of-name' });
    assert.equal((await resourceOf({}))['service.name'], 'of-name');
  });
  it('the first that knows an attribute wins', async (t) => {
    environment(t, { OTEL_RESOURCE_ATTRIBUTES: 'host.name=from-env' });
    assert.equal((await resourceOf({ detectors: ['env', 'system'] }))['host.name'], 'from-env');
    assert.equal((await resourceOf({ detectors: ['system', 'env'] }))['host.name'], hostname());
  });
});

describe('override', () => {
  const cases = [
    { name: 'replaces', override: true, before: 'user', after: 'of-attributes' },
    { name: 'false keeps', override: false, before: 'user', after: 'user' },
    { name: 'false adds', override: false, before: undefined, after: 'of-attributes' },
    { name: 'false replaces the default', override: false, before: 'ebpf-otel-agent', after: 'of-attributes' },
  ];
  for (const { name, override, before, after } of cases) {
    it(name, async (t) => {
      environment(t, OTEL);
      const resource = before === undefined ? {} : { 'service.name': before };
      assert.equal((await resourceOf({ override }, resource))['service.name'], after);
    });
  }
});

describe('what fails costs itself', () => {
  it('a variable that cannot be read', async (t) => {
    environment(t, { OTEL_RESOURCE_ATTRIBUTES: 'no pairs', OTEL_SERVICE_NAME: undefined });
    const logger = new LogLines();
    const found = await resourceOf({ detectors: ['env', 'system'] }, {}, logger);
    assert.equal(found['host.name'], hostname());
    assert.ok(logger.lines.includes('resource detector failed'), logger.lines.join('\n'));
  });
  it('a detector that takes too long', async () => {
    await assert.rejects(within(5, new Promise(() => {})), /no answer within 5 ms/);
    assert.equal(await within(60_000, Promise.resolve('in time')), 'in time');
  });
});

describe('config', () => {
  const cases = [
    { name: 'nothing', in: null, faults: [] },
    { name: 'all', in: { detectors: ['env', 'system', 'host', 'os', 'process', 'container'] }, faults: [] },
    {
      name: 'of the collector',
      in: { detectors: ['ec2'] },
      faults: [/detectors::0: detector "ec2" is one of the collector's/],
    },
    { name: 'near miss', in: { detectors: ['sytem'] }, faults: [/did you mean "system"/] },
    { name: 'not text', in: { detectors: [1] }, faults: [/expected one of env, system/] },
    { name: 'none', in: { detectors: [] }, faults: [/at least one/] },
    {
      name: 'unknown attribute',
      in: { os: { resource_attributes: { 'os.typ': { enabled: true } } } },
      faults: [/did you mean "os.type"/],
    },
    {
      name: 'unknown source',
      in: { system: { hostname_sources: ['name'] } },
      faults: [/expected one of os, dns, cname, lookup/],
    },
    { name: 'no time', in: { timeout: '0s' }, faults: [/above 0/] },
  ];
  for (const { name, in: config, faults } of cases) {
    it(name, () => {
      const found = parse(config).faults;
      assert.equal(found.length, faults.length, found.join('\n'));
      faults.forEach((fault, i) => assert.match(found[i], fault));
    });
  }
});

it('loads no detector before it is asked to', () => {
  const index = join(import.meta.dirname, 'index.ts');
  const loaded = execFileSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
    await import(${JSON.stringify(index)});
    console.log(seen.join('\\n'));
  `,
    ],
    { encoding: 'utf8' },
  );
  assert.match(loaded, /resource_detection\/index\.ts/);
  assert.doesNotMatch(loaded, /@opentelemetry\/resource/);
});
