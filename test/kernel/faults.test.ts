// test: alone
// A planted fault in each program in turn: the others serve, the one says why in a line. And nothing is left of an agent
// that is killed, or started and stopped again and again.
// FAULTS=all plants each kind in each program; RESTARTS=1000 starts and stops so many times.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import type { Page } from '../support/page.ts';
import { fixtures, programs } from './fixtures.ts';
import { hookConfig, startAllHooks } from './hook-agent.ts';
import { attachedPrograms, stateOf } from './hook.ts';

const run = promisify(execFile);

interface Fault {
  name: string;
  /** Appended to the program's source. */
  code?: string;
  /** What the program's state may then be: the rest of it may serve. */
  states: string[];
  reason: RegExp;
}

const faults: Fault[] = [
  {
    name: 'missing symbol',
    code: 'extern const void no_such_symbol __ksym;\nSEC("raw_tp/sys_enter") int planted(void* ctx) { return (long)&no_such_symbol & 1; }',
    states: ['failed', 'inactive'],
    reason: /no_such_symbol/,
  },
  {
    name: 'verifier refusal',
    code: 'SEC("raw_tp/sys_enter") int planted(__u64* ctx) { return *(volatile int*)ctx[0]; }',
    states: ['partial', 'failed'],
    reason: /planted.*(scalar|inv)/,
  },
  {
    name: 'corrupt object',
    states: ['failed'],
    reason: /\.bpf\.o.*(damaged|corrupt|truncated|ELF|BTF|section|beyond|object)/i,
  },
  {
    name: 'EPERM',
    code: 'SEC("fentry/vfs_read") int planted(void* ctx) { return 0; }',
    states: ['partial', 'active'],
    reason: /^$|planted: this kernel refuses fentry programs \(EPERM\)/,
  },
];

const names = async (): Promise<string[]> =>
  (await readdir(programs, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && entry.name !== 'include')
    .map(({ name }) => name)
    .sort();

/** A flat folder with all programs, one of them with the fault. */
async function plant(folder: string, program: string, fault: Fault): Promise<void> {
  const shipped = join(await fixtures(), 'programs');
  for (const name of await names()) {
    for (const kind of ['yaml', 'bpf.o'])
      await cp(join(shipped, name, `${name}.${kind}`), join(folder, `${name}.${kind}`));
  }
  const object = join(folder, `${program}.bpf.o`);
  if (fault.code === undefined) await truncate(object, (await readFile(object)).length >> 1);
  else await compile(join(folder, 'sources'), program, fault.code, object);
}

async function compile(sources: string, program: string, code: string, object: string): Promise<void> {
  await mkdir(join(sources, program), { recursive: true });
  for (const part of ['Makefile', 'include']) await cp(join(programs, part), join(sources, part), { recursive: true });
  const source = await readFile(join(programs, program, `${program}.bpf.c`), 'utf8');
  await writeFile(join(sources, program, `${program}.bpf.c`), `${source}\n${code}\n`);
  await run('make', ['-s', '-C', sources, `${program}/${program}.bpf.o`, 'OUT=.']);
  await cp(join(sources, program, `${program}.bpf.o`), object, { force: true });
}

interface State {
  state: string;
  reason: string;
  /** False where the kernel has none of its BPF programs: it is off, or a fallback of its YAML is read instead. */
  loaded: boolean;
}

async function statesWith(folder: string): Promise<Map<string, State>> {
  const all = await names();
  const agent = await startAgent((port) => hookConfig(all, folder, port), { timeoutMs: 60_000 });
  try {
    const page = await agent.page();
    return new Map(
      all.map((name) => [name, { ...stateOf(page, name), loaded: attachedPrograms(page, name).length > 0 }]),
    );
  } finally {
    await agent.stop();
  }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'programs-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function assertStates(healthy: Map<string, State>, found: Map<string, State>, program: string, fault: Fault): void {
  for (const [name, { state, reason }] of found) {
    if (name !== program) assert.equal(state, healthy.get(name)?.state, `${name}: ${reason}`);
  }
  const one = found.get(program);
  assert.ok(one);
  // What is not loaded on this kernel anyway is not hurt by what its code would do.
  const was = healthy.get(program);
  assert.ok(was);
  if (was.loaded || fault.code === undefined) {
    assert.ok(fault.states.includes(one.state), `${program} is ${one.state}: ${one.reason}`);
    assert.match(one.reason, fault.reason);
  } else assert.ok([was.state, ...fault.states].includes(one.state), `${program} is ${one.state}: ${one.reason}`);
  assert.ok(!one.reason.includes('\n') && one.reason.length < 400, one.reason);
}

describe('a planted fault', requires('root', 'btf', 'tracefs'), async () => {
  const all = await names();
  const healthy = withFolder(async () => statesWith(join(await fixtures(), 'programs')));
  for (const [at, program] of all.entries()) {
    const planted = process.env['FAULTS'] === 'all' ? faults : [faults[at % faults.length]];
    for (const fault of planted) {
      test(`${fault.name} in ${program}`, async () =>
        withFolder(async (folder) => {
          await plant(folder, program, fault);
          assertStates(await healthy, await statesWith(folder), program, fault);
        }));
    }
  }
});

interface KernelObject {
  id: number;
  map_ids?: number[];
}

async function bpftool(kind: 'prog' | 'map' | 'link'): Promise<KernelObject[]> {
  const { stdout } = await run('bpftool', ['-j', kind, 'show'], { maxBuffer: 64 << 20 });
  return JSON.parse(stdout) as KernelObject[];
}

/** Of this agent only: others may run on this machine. */
async function objectsOf(page: Page): Promise<{ programs: number[]; maps: number[] }> {
  const own = page.samples.filter(({ name }) => name === 'ebpf_exporter_ebpf_program_info');
  const ids = new Set(own.map(({ labels }) => Number(labels.get('id'))));
  const found = (await bpftool('prog')).filter(({ id }) => ids.has(id));
  return { programs: found.map(({ id }) => id), maps: [...new Set(found.flatMap(({ map_ids: maps }) => maps ?? []))] };
}

async function left(kind: 'prog' | 'map', ids: number[]): Promise<number[]> {
  const there = new Set((await bpftool(kind)).map(({ id }) => id));
  return ids.filter((id) => there.has(id));
}

const pins = async (): Promise<string[]> =>
  (await Array.fromAsync(glob('**/*', { cwd: '/sys/fs/bpf' }))).map((file) => basename(file)).sort();

test('nothing is left of an agent that is killed', requires('root', 'btf', 'tracefs'), async () => {
  const before = await pins();
  const agent = await startAllHooks();
  const { programs: programIds, maps } = await objectsOf(await agent.page());
  assert.ok(programIds.length > 5 && maps.length > 5);
  await agent.stop('SIGKILL');
  await until('programs and maps are gone', async () => {
    const objects = [...(await left('prog', programIds)), ...(await left('map', maps))];
    return objects.length === 0 ? true : undefined;
  });
  assert.deepEqual(await pins(), before);
});

interface Restarts {
  /** After a tenth of the rounds and after all: descriptors, and resident memory in MiB. */
  early: { fds: number; rss: number };
  late: { fds: number; rss: number };
  rounds: number;
}

test('starts and stops leak nothing', requires('root', 'btf', 'tracefs'), async (t) => {
  const rounds = Number(process.env['RESTARTS'] ?? 10);
  const script = join(import.meta.dirname, 'restarts.ts');
  const { stdout } = await run(process.execPath, ['--expose-gc', script, `${rounds}`], {
    timeout: 60_000 + rounds * 2_000,
  });
  const { early, late } = JSON.parse(stdout) as Restarts;
  t.diagnostic(
    `after ${Math.ceil(rounds / 10)} and ${rounds} rounds: ${early.fds} and ${late.fds} descriptors, ${early.rss} and ${late.rss} MiB`,
  );
  assert.equal(late.fds, early.fds, 'file descriptors: each program, map and link of this process has one');
  assert.ok(late.rss < early.rss * 1.25 + 8, `resident memory went from ${early.rss} to ${late.rss} MiB`);
});
