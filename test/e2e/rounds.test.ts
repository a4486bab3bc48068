// test: alone
// A million different keys in ten rounds, each of which replaces all keys of the one before, with the default settings:
// memory follows what the map holds, also while series that are gone stay on the page until metric_expiration.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { compileProgram } from '../format/build.ts';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { rssMiB } from './churning.ts';
import { mapId } from './map-id.ts';

const run = promisify(execFile);
const ROUNDS = 10;
const KEYS = 100_000;
/** Longer than the agent waits before it gives memory back. */
const SETTLE_MS = 10_000;

const source = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct key { __u64 id; char name[16]; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, ${KEYS * 1.5}); __type(key, struct key); __type(value, __u64); } rounds_total SEC(".maps");
char LICENSE[] SEC("license") = "Dual BSD/GPL";
`;
const yaml = `metrics:
  counters:
    - name: rounds_total
      help: Keys that are replaced in each round
      labels: [{ name: id, size: 8, decoders: [{ name: uint }] }, { name: name, size: 16, decoders: [{ name: string }] }]
`;

describe('a million keys in ten rounds', requires('root', 'btf'), () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rounds-'));
    await writeFile(join(folder, 'rounds.yaml'), yaml);
    await writeFile(join(folder, 'rounds.bpf.c'), source);
    await compileProgram(join(folder, 'rounds.bpf.c'), join(folder, 'rounds.bpf.o'));
    await run('gcc', ['-O2', '-o', join(folder, 'rounds'), join(import.meta.dirname, 'rounds.c'), '-lbpf']);
  });
  after(async () => rm(folder, { recursive: true }));

  const start = async (): Promise<Agent> =>
    startAgent(
      (port) => `
receivers: { ebpf: { programs: [rounds], config_dir: '${folder}', on_error: fail } }
processors: { decode: }
exporters: { prometheus: { endpoint: '127.0.0.1:${port}' } }
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`,
    );

  /** Resident memory after round two and after the last one; `scrapes` of the page in each round. */
  async function churn(agent: Agent, scrapes: number): Promise<[second: number, last: number]> {
    const map = await mapId(agent.pid, 'rounds_total');
    const rss: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await run(join(folder, 'rounds'), [map, String((round + 1) * KEYS), String(KEYS)]);
      for (let scrape = 0; scrape < scrapes; scrape++) await checkPage(agent, round + 1);
      if (round !== 1 && round !== ROUNDS - 1) continue;
      await sleep(scrapes > 0 ? SETTLE_MS : 1000);
      rss.push(await rssMiB(agent.pid));
    }
    return [rss[0], rss[1]];
  }

  /** All keys of the round are on the page, and those of the round before, which went last. */
  async function checkPage(agent: Agent, round: number): Promise<void> {
    const page = await agent.scrape();
    const ids = new Set(Array.from(page.matchAll(/^\w*rounds_total\{id="(\d+)"/gm), ([, id]) => Number(id)));
    const first = round === 1 ? KEYS : (round - 1) * KEYS;
    for (let id = first; id < (round + 1) * KEYS; id++) if (!ids.has(id)) assert.fail(`key ${id} is missing`);
    assert.ok(ids.size <= 2.01 * KEYS, `${ids.size} series`);
  }

  for (const scrapes of [2, 0])
    test(scrapes > 0 ? 'scraped all the time' : 'never scraped', { timeout: 60_000 }, async (t) => {
      const agent = await start();
      try {
        const [second, last] = await churn(agent, scrapes);
        t.diagnostic(`RSS ${second.toFixed(0)} MiB after round two, ${last.toFixed(0)} after the last`);
        assert.ok(last <= 1.1 * second, `RSS ${second.toFixed(0)} MiB after round two, ${last.toFixed(0)} at the end`);
      } finally {
        await agent.stop();
      }
    });
});
