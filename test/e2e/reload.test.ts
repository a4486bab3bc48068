// test: alone
// Reloads under way of scrapes: what has not changed stays attached with its counts, a broken config leaves the old one running.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { compileProgram } from '../format/build.ts';
import { requires } from '../support/abilities.ts';
import { runAgent } from '../support/agent.ts';
import type { Child } from '../support/child.ts';
import { freePort, untilChild } from '../support/child.ts';
import type { Page } from '../support/page.ts';
import { parsePage } from '../support/page.ts';
import { rssMiB } from './churning.ts';

const run = promisify(execFile);
const RELOADS = Number(process.env['RELOADS'] ?? 200);
const CHANGING = 'p8';
const BROKEN = 'p9';
const steady = Array.from({ length: 8 }, (_, i) => `p${i}`);

const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } NAME_total SEC(".maps");
SEC("raw_tp/sys_enter") int NAME(void* ctx) {
  __u32 key = 0;
  __u64* count = bpf_map_lookup_elem(&NAME_total, &key);
  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}
char LICENSE[] SEC("license") = "Dual BSD/GPL";
`;
const yaml = (name: string, help: string): string => `metrics:
  counters:
    - { name: ${name}_total, help: ${help}, labels: [{ name: key, size: 4, decoders: [{ name: uint }] }] }
`;

class ReloadingAgent {
  readonly folder: string;
  readonly url: string;
  readonly child: Child;
  readonly #port: number;

  private constructor(folder: string, port: number, child: Child) {
    this.folder = folder;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}/metrics`;
    this.child = child;
  }

  static async start(...args: string[]): Promise<ReloadingAgent> {
    const folder = await mkdtemp(join(tmpdir(), 'reload-'));
    for (const name of [...steady, CHANGING, BROKEN]) await build(folder, name);
    await truncate(join(folder, `${BROKEN}.bpf.o`), 700);
    const port = await freePort();
    await writeConfig(folder, port);
    const child = await runAgent(['run', '--config', join(folder, 'config.yaml'), ...args]);
    const agent = new ReloadingAgent(folder, port, child);
    await untilChild(child, 'the agent serves', async () => agent.page());
    return agent;
  }

  async page(): Promise<Page> {
    const response = await fetch(this.url, { headers: { accept: 'text/plain;version=0.0.4' } });
    assert.equal(response.status, 200);
    return parsePage(await response.text());
  }

  config(more = ''): Promise<void> {
    return writeConfig(this.folder, this.#port, more);
  }

  async reloads(result: 'succeeded' | 'failed'): Promise<number> {
    const found = (await this.page()).samples.find(
      ({ name, labels }) => name === 'otelcol_config_reloads' && labels.get('result') === result,
    );
    return found?.value ?? 0;
  }

  /** Resolves when `ask` has led to a reload that ended so. */
  async reloaded(result: 'succeeded' | 'failed', ask: () => unknown): Promise<void> {
    const earlier = await this.reloads(result);
    await ask();
    await untilChild(this.child, `a reload has ${result}`, async () =>
      (await this.reloads(result)) > earlier ? true : undefined,
    );
  }

  hangUp = (): boolean => process.kill(this.child.pid, 'SIGHUP');

  async stop(): Promise<void> {
    assert.equal((await this.child.stop()).status, 0);
    await rm(this.folder, { recursive: true });
  }
}

/** In one step, as an editor does. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const writeConfig = (folder: string, port: number, more = ''): Promise<void> =>
  replace(
    join(folder, 'config.yaml'),
    `receivers: { ebpf: { config_dir: '${folder}', programs: [${[...steady, CHANGING, BROKEN].join(', ')}] } }
processors: { decode: }
exporters: { prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, without_scope_info: true, namespace: ebpf_exporter } }
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
${more}
`,
  );

async function build(folder: string, name: string): Promise<void> {
  const file = join(folder, `${name}.bpf.c`);
  await writeFile(file, source.replaceAll('NAME', name));
  await writeFile(join(folder, `${name}.yaml`), yaml(name, 'System calls.'));
  await compileProgram(file, join(folder, `${name}.bpf.o`));
}

/** Counts and ids of the programs that do not change. */
function steadyState(page: Page): { counts: number[]; ids: string[] } {
  const counts = steady.map((name) => page.series.get(`ebpf_exporter_${name}_total{key="0"}`) ?? NaN);
  const infos = page.samples.filter(({ name }) => name === 'ebpf_exporter_ebpf_program_info');
  const ids = steady.map((name) => infos.find(({ labels }) => labels.get('config') === name)?.labels.get('id') ?? '');
  return { counts, ids };
}

/** Pages one after another until it is stopped; each must be answered, and no count may fall. */
async function follow(agent: ReloadingAgent, state: { running: boolean }): Promise<number> {
  let last = steadyState(await agent.page());
  let pages = 0;
  for (; state.running; pages++) {
    const now = steadyState(await agent.page());
    assert.deepEqual(now.ids, last.ids);
    for (const [i, count] of now.counts.entries()) {
      assert.ok(count >= last.counts[i], `${steady[i]} went from ${last.counts[i]} to ${count}`);
    }
    last = now;
  }
  return pages;
}

const openFiles = async (pid: number): Promise<number> => (await readdir(`/proc/${pid}/fd`)).length;

describe('SIGHUP', requires('root', 'btf'), () => {
  let agent: ReloadingAgent;
  before(async () => {
    agent = await ReloadingAgent.start();
  });
  after(async () => agent.stop());

  test(`${RELOADS} times, every tenth config broken, a program broken, another changing, scraped all the while`, async () => {
    const state = { running: true };
    const following = follow(agent, state).finally(() => (state.running = false));
    const held: { fds: number; rss: number }[] = [];
    const changing = join(agent.folder, `${CHANGING}.yaml`);
    for (let reload = 0; reload < RELOADS && state.running; reload++) {
      await replace(changing, yaml(CHANGING, `Change ${reload}.`));
      const broken = reload % 10 === 9;
      await agent.config(broken ? 'exporters::prometheus::endpint: x' : '');
      await agent.reloaded(broken ? 'failed' : 'succeeded', agent.hangUp);
      held.push({ fds: await openFiles(agent.child.pid), rss: await rssMiB(agent.child.pid) });
    }
    state.running = false;
    const pages = await following;
    assert.ok(pages > RELOADS / 4, `${pages} pages in ${RELOADS} reloads`);
    assert.match(
      await (await fetch(agent.url)).text(),
      new RegExp(`Change ${RELOADS - 1 - (RELOADS % 10 === 0 ? 1 : 0)}\\.`),
    );
    const tenth = held.slice(0, Math.ceil(RELOADS / 10));
    const most = (of: typeof held, what: 'fds' | 'rss'): number => Math.max(...of.map((entry) => entry[what]));
    assert.ok(most(held, 'fds') <= most(tenth, 'fds') + 2, `${most(tenth, 'fds')} fds, then ${most(held, 'fds')}`);
    assert.ok(
      most(held, 'rss') <= 1.3 * most(tenth, 'rss') + 16,
      `${most(tenth, 'rss')} MiB, then ${most(held, 'rss')}`,
    );
  });

  test('a broken config is told with its place, and the old one runs on', async () => {
    await agent.config('exporters::prometheus::endpint: x');
    await agent.reloaded('failed', agent.hangUp);
    assert.match(
      agent.child.logs(),
      /not reloaded, the old config stays.*config\.yaml:5:1: exporters::prometheus::endpint: unknown key.*did you mean.*endpoint/,
    );
    await agent.config();
  });

  test('a listener with other timeouts, another endpoint, and an endpoint that is taken', async () => {
    await agent.config('exporters::prometheus::idle_timeout: 5s');
    await agent.reloaded('succeeded', agent.hangUp);
    const port = await freePort();
    await agent.config(`exporters::prometheus/second: { endpoint: '127.0.0.1:${port}' }
service::pipelines::metrics/second: { receivers: [ebpf], exporters: [prometheus/second] }`);
    await agent.reloaded('succeeded', agent.hangUp);
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200);
    await agent.config(`exporters::prometheus/second: { endpoint: '${new URL(agent.url).host}' }
service::pipelines::metrics/second: { receivers: [ebpf], exporters: [prometheus/second] }`);
    await agent.reloaded('failed', agent.hangUp);
    assert.match(agent.child.logs(), /not reloaded.*address already in use/);
    assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200);
    await agent.config();
    await agent.reloaded('succeeded', agent.hangUp);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
  });

  test('nothing of a program that went is left in the kernel', async () => {
    const of = (page: Page): string | undefined =>
      page.samples.find(({ labels }) => labels.get('program') === CHANGING)?.labels.get('id');
    const old = of(await agent.page());
    assert.ok(old !== undefined);
    await replace(join(agent.folder, `${CHANGING}.yaml`), yaml(CHANGING, 'The last.'));
    await agent.reloaded('succeeded', agent.hangUp);
    const now = of(await agent.page());
    assert.notEqual(now, old);
    await untilChild(agent.child, 'the old one is gone', async () => {
      const { stdout } = await run('bpftool', ['-j', 'prog', 'show'], { maxBuffer: 64 << 20 });
      const there = new Set((JSON.parse(stdout) as { id: number }[]).map(({ id }) => String(id)));
      assert.ok(now !== undefined && there.has(now));
      return there.has(old) ? undefined : true;
    });
  });
});

describe('run --watch', requires('root', 'btf'), () => {
  let agent: ReloadingAgent;
  before(async () => {
    agent = await ReloadingAgent.start('--watch');
  });
  after(async () => agent.stop());

  test('reloads when a program changes, when it is mended, and when the config changes', async () => {
    await agent.reloaded('succeeded', async () =>
      replace(join(agent.folder, `${CHANGING}.yaml`), yaml(CHANGING, 'New.')),
    );
    await agent.reloaded('succeeded', async () => {
      await copyFile(join(agent.folder, 'p7.bpf.o'), join(agent.folder, `${BROKEN}.bpf.o`));
      await replace(join(agent.folder, `${BROKEN}.yaml`), yaml('p7', 'System calls.'));
    });
    assert.ok(!(await agent.page()).samples.some(({ labels }) => labels.get('state') === 'failed'));
    await agent.reloaded('succeeded', async () => agent.config('service::telemetry::logs::level: warn'));
  });

  test('a broken config is tried once, and again when it is mended', async () => {
    await agent.reloaded('failed', async () => agent.config('receivers: []'));
    await agent.reloaded('succeeded', async () => agent.config());
  });
});
