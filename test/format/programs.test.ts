// test: alone
// The format on the page of the real agent: own programs write known values, the page must show exactly these.
// In a guest, which has no compiler, FORMAT_PROGRAMS names the folder that `formatPrograms()` made on the host.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { HookAgent, total } from '../kernel/hook.ts';
import { agentFor, hookConfig } from '../kernel/hook-agent.ts';
import type { LentAgent } from '../kernel/hook-agent.ts';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import { formatPrograms } from './build.ts';

const run = promisify(execFile);

/** What stands for a frame at address 1: some kernels have symbols of per-CPU data from 0 on. */
function lowest(): string {
  const low = readFileSync('/proc/kallsyms', 'utf8').matchAll(/^0{15}[01] \S (\S+)/gm);
  return Array.from(low, ([, name]) => name).at(-1) ?? '??';
}

/** Lines of the page without the namespace, by the family's name. */
const decoded: Record<string, Record<string, number>> = {
  uint: {
    'one="7",two="258",four="4294967295",eight="18446744073709551615"': 1,
    'one="0",two="0",four="2147483648",eight="9007199254740992"': 2,
  },
  hex: { 'value="000abcff"': 3 },
  string: { 'value="abc"': 9, 'value="12345678"': 6, 'value="a\\"\\\\\\n"': 7, 'value="\u{fffd}ok"': 8 },
  ksym: { 'value="schedule"': 1, 'value="vfs_read"': 2, 'value="unknown_addr:0x10"': 3 },
  kstack: { 'value="schedule\\nvfs_read"': 1, 'value=""': 2, [`value="${lowest()}\\nschedule"`]: 3 },
  dname: { 'value="example.com."': 1, 'value="."': 2 },
  errno: { 'value="EPERM"': 1, 'value="ETIMEDOUT"': 2, 'value="unknown:0"': 3, 'value="unknown:9999"': 4 },
  ifname: { 'value="lo"': 1, 'value="unknown:4000000000"': 2 },
  ipv4: { 'value="127.0.0.1"': 1, 'value="255.10.0.200"': 2 },
  ipv6: { 'value="2001:db8::1:0:0:1"': 1, 'value="10.1.2.3"': 2, 'value="::1"': 3, 'value="fe80:0:1:0:2::"': 4 },
  majorminor: { 'value="unknown:4095:703742"': 1 },
  pci_vendor: { 'value="Intel Corporation"': 1, 'value="unknown pci vendor: 0xfff0"': 2 },
  pci_device: { 'value="440FX - 82441FX PMC [Natoma]"': 1, 'value="unknown pci device: 0x8086fff0"': 2 },
  pci_class: { 'value="Network controller"': 1, 'value="unknown pci class: 0xee"': 2 },
  pci_subclass: { 'value="Ethernet controller"': 1, 'value="unknown pci subclass: 0xee (class 0x02)"': 2 },
  regexp: { 'value="nginx"': 4, 'value="user-1000"': 5 },
  static_map: { 'value="read"': 1, 'value="unknown:9"': 2 },
  allowed_map: { 'value="one"': 1, 'value="9"': 2 },
  pair: { 'left="a|b",right="c"': 1, 'left="a",right="b|c"': 2 },
};

const kinds: Record<string, Record<string, number>> = {
  kind_hash_total: { 'key="1"': 10, 'key="4294967295"': 2 ** 53 },
  kind_lru_total: { 'key="2"': 20 },
  kind_array_total: { 'key="0"': 0, 'key="1"': 30, 'key="2"': 0 },
  kind_plain_total: { '': 40 },
  kind_events_total: { 'code="1",name="one"': 2, 'code="2",name="two"': 1 },
  kind_reads_total: { 'key="5"': 11 },
  kind_writes_total: { 'key="5"': 22 },
  kind_gauge: { '': 42 },
  kind_exp2_seconds_count: { 'series="1"': 5 },
  kind_exp2_seconds_sum: { 'series="1"': 4 },
  kind_exp2_seconds_bucket: {
    'series="1",le="0.002"': 2,
    'series="1",le="0.004"': 2,
    'series="1",le="0.008"': 5,
    'series="1",le="+Inf"': 5,
  },
  kind_exp2zero_bytes_count: { '': 3 },
  kind_exp2zero_bytes_sum: { '': 9 },
  kind_exp2zero_bytes_bucket: { 'le="0"': 1, 'le="1"': 1, 'le="2"': 3, 'le="4"': 3, 'le="+Inf"': 3 },
  kind_linear_count: { '': 1 },
  kind_linear_sum: { '': 600 },
  kind_linear_bucket: { 'le="100"': 1, 'le="150"': 1, 'le="+Inf"': 1 },
  kind_fixed_count: { '': 3 },
  kind_fixed_sum: { '': 300 },
  kind_fixed_bucket: { 'le="1"': 1, 'le="5"': 1, 'le="10"': 3, 'le="+Inf"': 3 },
};

/** What the page has under a name: labels as they are written there, to value. */
function written(page: string, name: string): Record<string, number> {
  const line = new RegExp(`^ebpf_exporter_${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm');
  return Object.fromEntries(Array.from(page.matchAll(line), ([, labels = '', value]) => [labels, Number(value)]));
}

/** CPUs that are online, and the values that kinds.bpf.c gives them. */
function cpuValues(): [cpu: number, value: number][] {
  const ranges = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim().split(',');
  return ranges.flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i): [number, number] => [first + i, 100 + first + i]);
  });
}

/** Lent in a guest, where the agent of the hooks has these programs too. */
async function agentOf(folder: string): Promise<LentAgent> {
  if (process.env['SHARED_AGENT'] !== undefined) return agentFor();
  const config = (port: number): string => hookConfig(['decoders', 'kinds', 'sections'], folder, port);
  const agent = await startAgent(config, { env: { PATH: `${folder}:${process.env['PATH'] ?? ''}` } });
  return { agent, release: async () => void (await agent.stop()) };
}

describe('the format on the page', requires('root', 'btf', 'tracefs'), () => {
  let lent: LentAgent;
  let agent: Agent;
  let folder: string;
  /** A page of the start: what the programs write once stays as it is. */
  let first: string;
  before(async () => {
    folder = await formatPrograms();
    lent = await agentOf(folder);
    agent = lent.agent;
    first = await agent.scrape();
  });
  after(async () => lent.release());

  for (const [decoder, expected] of Object.entries(decoded))
    test(`decoder ${decoder}`, () => assert.deepEqual(written(first, `decoded_${decoder}_total`), expected));

  test('decoder syscall, by the numbers of this architecture', () => {
    const zero = process.arch === 'arm64' ? 'io_setup' : 'read';
    const expected = { [`value="${zero}"`]: 1, 'value="unknown_syscall:99999"': 2 };
    assert.deepEqual(written(first, 'decoded_syscall_total'), expected);
  });

  test("decoder cgroup: the agent's own, and one that never was", async () => {
    const mount = / (\S+) cgroup2 /.exec(readFileSync('/proc/mounts', 'utf8'))?.[1] ?? '';
    const path = /^0::(.*)$/m.exec(readFileSync(`/proc/${agent.pid}/cgroup`, 'utf8'))?.[1] ?? '';
    const own = `value="${join(mount, path).replace(/\/$/, '')}"`;
    const expected = { [own]: 1, 'value="unknown_cgroup_id:99999999999"': 2 };
    await until('the cgroup has its name', async () => {
      const page = written(await agent.scrape(), 'decoded_cgroup_total');
      return own in page ? page : undefined;
    }).then((page) => assert.deepEqual(page, expected));
  });

  test('no key above cost an error', async () => {
    assert.equal(written(await agent.scrape(), 'decoder_errors_total')['config="decoders"'], 0);
  });

  for (const [name, expected] of Object.entries(kinds))
    test(name, async () => {
      const page = await until(`${name} is on the page`, async () => {
        if (Object.keys(written(first, name)).length === 0) first = await agent.scrape();
        const found = written(first, name);
        return Object.keys(found).length > 0 ? found : undefined;
      });
      assert.deepEqual(page, expected);
    });

  test('per-CPU values: each CPU by itself, summed, the highest', async () => {
    const values = cpuValues();
    const page = await until('each CPU has had its perf event', async () => {
      const text = await agent.scrape();
      return Object.values(written(text, 'kind_each_cpu_total')).filter((value) => value > 0).length === values.length
        ? text
        : undefined;
    });
    const sum = values.reduce((all, [, value]) => all + value, 0);
    // Possible CPUs that are not online stand at 0.
    const online = (name: string): [string, number][] =>
      Object.entries(written(page, name)).filter(([, value]) => value > 0);
    assert.deepEqual(
      online('kind_each_cpu_total'),
      values.map(([cpu, value]) => [`key="9",cpu="${cpu}"`, value]),
    );
    assert.deepEqual(
      online('kind_only_cpu_total'),
      values.map(([cpu, value]) => [`cpu="${cpu}"`, value]),
    );
    assert.deepEqual(written(page, 'kind_percpu_hash_total'), { 'key="7"': sum });
    assert.deepEqual(written(page, 'kind_percpu_lru_total'), { 'key="8"': sum });
    assert.deepEqual(written(page, 'kind_percpu_array_total'), { '': sum });
    assert.deepEqual(written(page, 'kind_gauge_sum'), { '': sum });
    assert.deepEqual(written(page, 'kind_gauge_max'), { '': Math.max(...values.map(([, value]) => value)) });
  });

  test('sections: uprobe and usdt by bare name and by path; fork by three; xdp; perf_event', async () => {
    const hits = [
      'fork_raw',
      'fork_btf',
      'fork_tp',
      'uprobe_name',
      'uprobe_path',
      'usdt_name',
      'usdt_path',
      'xdp',
      'perf',
    ];
    const { change } = await new HookAgent(agent).during(async () => {
      await run(join(folder, 'format-target'), ['1234']);
      await sleep(100);
    });
    const by = Object.fromEntries(
      hits.map((hit, hook) => [hit, change.of('section_hits_total', { hook: String(hook) })]),
    );
    for (const hit of ['uprobe_name', 'uprobe_path', 'usdt_name', 'usdt_path']) assert.equal(by[hit], 1234, hit);
    for (const hit of ['fork_raw', 'fork_btf', 'fork_tp', 'xdp', 'perf']) assert.ok(by[hit] > 0, hit);
  });

  test('a program that cannot be attached does not stop the others, and is told', async () => {
    const page = await agent.page();
    const programs = page.samples.filter(({ name }) => name === 'ebpf_exporter_ebpf_program_info');
    const id = programs.find(({ labels }) => labels.get('program') === 'absent')?.labels.get('id');
    if (id !== undefined) assert.equal(total(page, 'ebpf_program_attached', { id }), 0);
    assert.match(agent.logs(), /"config": "sections", "state": "partial".*no_such_tracepoint/);
  });
});
