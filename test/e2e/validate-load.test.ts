// `validate --load`: the kernel's verifier is asked, and nothing is attached.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compileProgram } from '../format/build.ts';
import { requires } from '../support/abilities.ts';
import { repository, runAgent } from '../support/agent.ts';
import type { Exit } from '../support/child.ts';

const programs: Record<string, string> = {
  good: 'SEC("raw_tp/sys_enter") int good(void* ctx) { return 0; }',
  refused: 'SEC("raw_tp/sys_enter") int refused(__u64* ctx) { return *(volatile int*)ctx[0]; }',
};
const source = (code: string): string => `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } a_total SEC(".maps");
${code}
char LICENSE[] SEC("license") = "GPL";
`;
const yaml = `metrics:
  counters: [{ name: a_total, help: A., labels: [{ name: key, size: 4, decoders: [{ name: uint }] }] }]
`;

describe('validate --load', requires('root', 'btf', 'tracefs'), () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'validate-'));
    for (const [name, code] of Object.entries(programs)) {
      await writeFile(join(folder, `${name}.bpf.c`), source(code));
      await writeFile(join(folder, `${name}.yaml`), yaml);
      await compileProgram(join(folder, `${name}.bpf.c`), join(folder, `${name}.bpf.o`));
    }
  });
  after(async () => rm(folder, { recursive: true }));

  const validate = async (names: string, ...args: string[]): Promise<Exit> => {
    const config = `receivers: { ebpf: { config_dir: '${folder}', programs: [${names}] } }
exporters: { debug: }
service: { pipelines: { metrics: { receivers: [ebpf], exporters: [debug] } } }`;
    return (await runAgent(['validate', `--config=yaml:${config}`, ...args])).exit;
  };

  test('a program that the verifier refuses is a fault, with what the verifier says', async () => {
    assert.equal((await validate('good, refused')).status, 0);
    const { status, logs } = await validate('good, refused', '--load');
    assert.equal(status, 1);
    assert.match(logs, /refused\.bpf\.o: program refused is failed on this kernel: refused: .*(scalar|inv)/);
    assert.doesNotMatch(logs, /program good/);
  });

  test('all that ship load here, or it is told why not', async () => {
    const args = ['validate', '--load', '--config', join(repository, 'config/all-hooks.yaml')];
    const { status, logs } = await (await runAgent(args)).exit;
    assert.equal(status, 0, logs);
    assert.match(logs, /the config is valid\n/);
  });

  test('a good program passes', async () => {
    assert.deepEqual(await validate('good', '--load'), { status: 0, signal: null, logs: 'the config is valid\n' });
  });
});
