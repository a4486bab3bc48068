// test: alone
// Twenty thousand cgroups made and removed in ten seconds, each with a count in a map: the agent goes on, names those
// that it saw, adds up the others in one series, and its memory and its cgroup_id_map are as before.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, rmdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unifiedMount } from '../../src/cgroups.ts';
import { compileProgram } from '../format/build.ts';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import { rssMiB } from './churning.ts';
import { mapId } from './map-id.ts';

const run = promisify(execFile);
const CGROUPS = 20_000;
const SECONDS = 10;
const ALIVE = 2000;
/** At most: the path, the text of the labels, the line on the page, columns. */
const BYTES_PER_SERIES = 1024;
/** Longer than the agent waits before it gives memory back. */
const SETTLE_MS = 12_000;

const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 30000); __type(key, __u64); __type(value, __u64); } moves_total SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 30000); __type(key, __u64); __type(value, __u64); } tracked SEC(".maps");
char LICENSE[] SEC("license") = "Dual BSD/GPL";
`;
const yaml = (parent: string): string => `metrics:
  counters:
    - { name: moves_total, help: By cgroup, labels: [{ name: cgroup, size: 8, decoders: [{ name: uint }, { name: cgroup }] }] }
    - { name: tracked, help: What cgroup_id_map holds, labels: [{ name: id, size: 8, decoders: [{ name: uint }] }] }
cgroup_id_map: { name: tracked, type: hash, regexps: ['^${parent}/'] }
`;

describe('cgroups that come and go', requires('root', 'btf'), () => {
  const parent = join(unifiedMount() ?? '', `agent-churn-${process.pid}`);
  let folder: string;
  let agent: Agent;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cgroups-'));
    await writeFile(join(folder, 'moves.yaml'), yaml(parent));
    await writeFile(join(folder, 'moves.bpf.c'), source);
    await compileProgram(join(folder, 'moves.bpf.c'), join(folder, 'moves.bpf.o'));
    await run('gcc', ['-O2', '-o', join(folder, 'cgroups'), join(import.meta.dirname, 'cgroups.c'), '-lbpf']);
    mkdirSync(parent);
    agent = await startAgent(
      (port) => `
receivers: { ebpf: { programs: [moves], config_dir: '${folder}', on_error: fail } }
processors: { decode: { unknown_cgroups: collapse } }
exporters: { prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, without_scope_info: true, metric_expiration: 0s } }
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`,
    );
  });
  after(async () => {
    await agent.stop();
    rmdirSync(parent);
    await rm(folder, { recursive: true });
  });

  /** Values of a metric by its only label. */
  async function values(name: string): Promise<Map<string, number>> {
    const { samples } = await agent.page();
    const own = samples.filter((sample) => sample.name === name);
    return new Map(own.map(({ labels, value }) => [[...labels.values()][0] ?? '', value]));
  }

  test(`${CGROUPS} in ${SECONDS} s`, { timeout: 120_000 }, async (t) => {
    // An agent in use, as it is at the end: what runs often has been compiled.
    for (let i = 0; i < SECONDS * 2; i++) {
      await values('moves_total');
      await sleep(500);
    }
    await sleep(SETTLE_MS);
    const start = await rssMiB(agent.pid);
    const state = { running: true };
    const id = await mapId(agent.pid, 'moves_total');
    const args = [id, parent, CGROUPS, SECONDS, ALIVE].map(String);
    const churned = run(join(folder, 'cgroups'), args).finally(() => (state.running = false));
    let tracked = 0;
    while (state.running) {
      tracked = Math.max(tracked, (await values('tracked')).size);
      await sleep(500);
    }
    const { stdout } = await churned;
    assert.ok(tracked > ALIVE / 2 && tracked <= CGROUPS / 2, `${tracked} cgroups in cgroup_id_map at once`);
    const moves = await values('moves_total');
    const named = [...moves.keys()].filter((cgroup) => cgroup.startsWith(`${parent}/c-`));
    assert.deepEqual(
      [...moves.keys()].filter((cgroup) => !named.includes(cgroup)),
      ['unknown_cgroup_id'],
    );
    const sum = [...moves.values()].reduce((all, value) => all + value, 0);
    assert.equal(sum, CGROUPS, 'each cgroup has its one count');
    await until('cgroup_id_map has none of them', async () =>
      (await values('tracked')).size === 0 ? true : undefined,
    );
    await sleep(SETTLE_MS);
    const withCounts = await rssMiB(agent.pid);
    await run(join(folder, 'cgroups'), [id]);
    assert.equal((await values('moves_total')).size, 0);
    await sleep(SETTLE_MS);
    const end = await rssMiB(agent.pid);
    const [early, held, late] = [start, withCounts, end].map((mebibytes) => mebibytes.toFixed(1));
    const rss = `RSS ${early} MiB, ${held} with ${CGROUPS} counts of cgroups that are gone, ${late} without`;
    t.diagnostic(`made in ${stdout.trim()} s, ${named.length} named, ${tracked} tracked; ${rss}`);
    assert.ok(withCounts <= start + (CGROUPS * BYTES_PER_SERIES) / 2 ** 20, rss);
    assert.ok(end <= start + 10, rss);
  });
});
