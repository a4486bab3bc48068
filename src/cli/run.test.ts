// `run` as users start it: the real command line, in a process of its own.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../../test/support/agent.ts';
import { startChild, untilChild } from '../../test/support/child.ts';
import type { Child } from '../../test/support/child.ts';

const config = `
receivers: {ebpf: {programs: [timers]}}
exporters: {debug: {use_internal_logger: false, output_paths: [stdout]}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [debug]}}}
`;

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-'));
  writeFileSync(join(folder, 'config.yaml'), config);
});
after(() => rmSync(folder, { recursive: true }));

async function start(env: Record<string, string | undefined>, ...args: string[]): Promise<Child> {
  const file = join(folder, 'config.yaml');
  const command = [join(repository, 'src/main.ts'), 'run', '--config', file, ...args];
  const none = {
    NODE_COMPILE_CACHE: undefined,
    NODE_DISABLE_COMPILE_CACHE: undefined,
    EBPF_OTEL_AGENT_RESTARTED: undefined,
  };
  const child = await startChild(process.execPath, command, { env: { ...none, ...env } });
  await untilChild(child, 'the agent is ready', async () => child.logs().includes('everything is ready') || undefined);
  return child;
}

const proc = (child: Child, file: string): string[] => readFileSync(`/proc/${child.pid}/${file}`, 'utf8').split('\0');

describe('run', () => {
  test('starts, says so, and ends in order on SIGTERM', async () => {
    const child = await start({});
    const { status, logs } = await child.stop('SIGTERM', 5000);
    assert.equal(status, 0);
    assert.match(logs, /\tinfo\tagent\tstarting ebpf-otel-agent\t\{"version": "\d/);
    assert.match(
      logs,
      /\tinfo\tagent\tshutting down\t\{"signal": "SIGTERM"\}\n[^]*\tinfo\tagent\tshutdown complete\n$/,
    );
    assert.doesNotMatch(logs, /Warning/);
  });
  test('has a compile cache and a small young generation, in the process that was started', async () => {
    const child = await start({});
    assert.ok(proc(child, 'cmdline').some((arg) => arg.startsWith('--max-semi-space-size=')));
    assert.ok(proc(child, 'environ').some((variable) => variable.startsWith('NODE_COMPILE_CACHE=')));
    await child.stop();
  });
  test('fills a cold compile cache, and begins anew once', async () => {
    const cache = join(folder, 'cache');
    const cold = await start({ NODE_COMPILE_CACHE: cache });
    assert.ok(proc(cold, 'environ').includes('EBPF_OTEL_AGENT_RESTARTED=1'));
    assert.equal((await cold.stop()).logs.match(/starting ebpf-otel-agent/g)?.length, 1);
    assert.ok(readdirSync(cache).length > 0);
    const warm = await start({ NODE_COMPILE_CACHE: cache });
    assert.ok(!proc(warm, 'environ').includes('EBPF_OTEL_AGENT_RESTARTED=1'));
    await warm.stop();
  });
  test('runs without a compile cache', async () => {
    const child = await start({ NODE_DISABLE_COMPILE_CACHE: '1' });
    assert.equal((await child.stop()).status, 0);
  });
  test('logs as service::telemetry::logs says', async () => {
    const file = join(folder, 'agent.log');
    const logs = `service.telemetry.logs={encoding: json, output_paths: [stderr, ${file}], initial_fields: {site: a}}`;
    const child = await start({}, '--set', logs);
    await child.stop();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { level: string; msg: string; site: string });
    assert.ok(parsed.every(({ site }) => site === 'a'));
    assert.equal(parsed.at(-1)?.msg, 'shutdown complete');
  });
});
