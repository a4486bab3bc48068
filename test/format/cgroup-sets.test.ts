// test: alone
// cgroup_id_map of both types, in the kernel: a program counts where the cgroup is in the set, and nowhere else; cgroups
// that are made later are in it soon.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { probeMapType } from '../../native/index.ts';
import { unifiedMount } from '../../src/cgroups.ts';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import { compileProgram, formatPrograms } from './build.ts';

const run = promisify(execFile);
/** Types of cgroup_id_map that this kernel has: storage of cgroups is there since 6.2. */
const types = process.getuid?.() === 0 && probeMapType('cgrp_storage') ? ['hash', 'cgrp_storage'] : ['hash'];

const yaml = (type: string, parent: string): string => `metrics:
  counters:
    - name: ${type}_calls_total
      help: Calls in cgroups of the set
      labels: [{ name: cgroup, size: 8, decoders: [{ name: uint }] }]
cgroup_id_map: { name: tracked, type: ${type}, regexps: ['^${parent}/in-\\d+$'] }
`;

describe('cgroup_id_map in the kernel', requires('root', 'btf'), () => {
  const parent = join(unifiedMount() ?? '', `cgroup-sets-${process.pid}`);
  const cgroups = ['in-1', 'out', 'in-2'].map((name) => join(parent, name));
  let folder: string;
  let target: string;
  let agent: Agent;

  before(async () => {
    target = join(await formatPrograms(), 'format-target');
    folder = await mkdtemp(join(tmpdir(), 'cgroup-sets-'));
    for (const type of types) {
      const defines = [`-DTARGET="${target}"`, `-DSET=${type}`, ...(type === 'hash' ? [] : ['-DSTORAGE'])];
      await compileProgram(join(import.meta.dirname, 'cgroup-sets.bpf.c'), join(folder, `${type}.bpf.o`), defines);
      await writeFile(join(folder, `${type}.yaml`), yaml(type, parent));
    }
    for (const path of [parent, ...cgroups.slice(0, 2)]) mkdirSync(path);
    agent = await startAgent(
      (port) => `
receivers: { ebpf: { programs: [${types.join(', ')}], config_dir: ${folder}, on_error: fail } }
processors: { decode: }
exporters: { prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, without_scope_info: true } }
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`,
    );
  });
  after(async () => {
    await agent.stop();
    for (const path of [...cgroups, parent]) rmdirSync(path);
    await rm(folder, { recursive: true });
  });

  const callIn = async (cgroup: string, times: number): Promise<unknown> =>
    run('sh', ['-c', `echo $$ > ${cgroup}/cgroup.procs && exec ${target} ${times}`]);

  /** Calls by cgroup, of one type. */
  async function calls(type: string): Promise<Record<string, number>> {
    const { samples } = await agent.page();
    const own = samples.filter(({ name }) => name === `${type}_calls_total`);
    return Object.fromEntries(own.map(({ labels, value }) => [labels.get('cgroup') ?? '', value]));
  }

  test('calls count in cgroups that match, from the start on, and in those made later', async () => {
    const [known, other, late] = cgroups;
    await callIn(known, 7);
    await callIn(other, 5);
    const id = (path: string): string => String(lstatSync(path, { bigint: true }).ino);
    for (const type of types) assert.deepEqual(await calls(type), { [id(known)]: 7 }, type);
    mkdirSync(late);
    for (const type of types)
      await until(`${type} has the new cgroup`, async () => {
        await callIn(late, 1);
        return id(late) in (await calls(type)) ? true : undefined;
      });
    for (const type of types)
      assert.deepEqual(Object.keys(await calls(type)).sort(), [id(known), id(late)].sort(), type);
  });
});
