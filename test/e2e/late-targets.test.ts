// Files of uprobes that come after the agent's start, or are below another root: their programs come alive without a restart.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { compileProgram } from '../format/build.ts';
import { stateOf } from '../kernel/hook.ts';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import { until } from '../support/child.ts';

const run = promisify(execFile);
const CALLS = 12;

const program = (name: string, files: string[]): string => `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, __u32); __type(value, __u64); } ${name}_total SEC(".maps");
static int count(__u32 key) {
  __u64* value = bpf_map_lookup_elem(&${name}_total, &key);
  if (value) __sync_fetch_and_add(value, 1);
  return 0;
}
${files.map((file, i) => `SEC("uprobe/${file}:called") int ${name}_${i}(void* ctx) { return count(${i}); }`).join('\n')}
char LICENSE[] SEC("license") = "GPL";
`;
const yaml = (name: string): string => `metrics:
  counters: [{ name: ${name}_total, help: Calls., labels: [{ name: key, size: 4, decoders: [{ name: uint }] }] }]
`;

describe('files that come later', requires('root', 'btf'), () => {
  let folder: string;
  let agent: Agent;

  /** An executable that calls its own function `called` CALLS times; in place in one step. */
  async function place(file: string): Promise<void> {
    const source = join(folder, 'called.c');
    const code = 'void __attribute__((noinline, noipa)) called(void) { __asm__ volatile(""); }';
    await writeFile(source, `${code}\nint main(void) { for (int i = 0; i < ${CALLS}; i++) called(); }\n`);
    await run('gcc', ['-O1', '-o', `${file}.new`, source]);
    await rename(`${file}.new`, file);
  }
  const state = async (name: string): Promise<string> => stateOf(await agent.page(), name).state;
  const calls = async (name: string, key: number): Promise<number | undefined> =>
    (await agent.page()).series.get(`${name}_total{key="${key}"}`);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'late-'));
    await place(join(folder, 'early'));
    await mkdir(join(folder, 'root/real'), { recursive: true });
    await symlink('/real', join(folder, 'root/bin'));
    await mkdir(join(folder, 'first/late-by-name'), { recursive: true });
    await mkdir(join(folder, 'second'));
    const programs = {
      late: [join(folder, 'late')],
      partly: [join(folder, 'early'), join(folder, 'later')],
      rooted: ['/bin/inside'],
      named: ['late-by-name'],
    };
    for (const [name, files] of Object.entries(programs)) {
      await writeFile(join(folder, `${name}.yaml`), yaml(name));
      await writeFile(join(folder, `${name}.bpf.c`), program(name, files));
      await compileProgram(join(folder, `${name}.bpf.c`), join(folder, `${name}.bpf.o`));
    }
    agent = await startAgent(
      (port) => `
receivers:
  ebpf: { config_dir: '${folder}', programs: [late, partly, named] }
  ebpf/rooted: { config_dir: '${folder}', programs: [rooted], root_path: '${join(folder, 'root')}' }
processors: { decode: }
exporters: { prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, without_scope_info: true } }
service: { pipelines: { metrics: { receivers: [ebpf, ebpf/rooted], processors: [decode], exporters: [prometheus] } } }
`,
      { env: { PATH: `${folder}/first:${folder}/second:${process.env['PATH'] ?? ''}` } },
    );
  });
  after(async () => {
    await agent.stop();
    await rm(folder, { recursive: true });
  });

  const becomes = (name: string, wanted: string): Promise<true> =>
    until(`${name} is ${wanted}`, async () => ((await state(name)) === wanted ? true : undefined));

  test('a program whose only file is not there is inactive, says so, and comes alive', async () => {
    const { state: early, reason } = stateOf(await agent.page(), 'late');
    assert.equal(early, 'inactive');
    assert.match(reason, /late:called is not on this machine/);
    assert.equal(await calls('late', 0), undefined);
    await place(join(folder, 'late'));
    await becomes('late', 'active');
    await run(join(folder, 'late'));
    assert.equal(await calls('late', 0), CALLS);
  });

  test('one with a file here and one not counts on, and the other is added to it', async () => {
    assert.equal(await state('partly'), 'partial');
    await run(join(folder, 'early'));
    await place(join(folder, 'later'));
    await becomes('partly', 'active');
    await run(join(folder, 'later'));
    await run(join(folder, 'early'));
    assert.deepEqual([await calls('partly', 0), await calls('partly', 1)], [2 * CALLS, CALLS]);
  });

  test('by name along PATH, where a folder of that name is no program', async () => {
    assert.equal(await state('named'), 'inactive');
    await place(join(folder, 'second/late-by-name'));
    await becomes('named', 'active');
    await run(join(folder, 'second/late-by-name'));
    assert.equal(await calls('named', 0), CALLS);
  });

  test('below root_path, through a link that means that root', async () => {
    assert.equal(await state('rooted'), 'inactive');
    await place(join(folder, 'root/real/inside'));
    await becomes('rooted', 'active');
    await run(join(folder, 'root/real/inside'));
    assert.equal(await calls('rooted', 0), CALLS);
  });
});
