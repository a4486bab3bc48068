// Nanoseconds per run of each shipped BPF program, by the kernel's own statistics, next to an empty program on the same
// hook in the same run; and what hooks add to the operation that they watch. `npm run bench:probes`; needs root. Writes
// its part of docs/performance.md. Other work on the machine shows in the numbers: run it on a quiet one.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, release, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { BpfObject } from '../../native/index.ts';
import { kernelAddress } from '../../receivers/ebpf/kernel-address.ts';
import { checkProgram } from '../../receivers/ebpf/program-file.ts';
import { Program } from '../../receivers/ebpf/program.ts';
import type { AttachedProgram } from '../../receivers/ebpf/program.ts';
import { attachProgram } from '../../receivers/ebpf/section.ts';
import { repository } from '../support/agent.ts';
import { withDisk } from '../kernel/disk.ts';
import { runEvent } from '../kernel/events.ts';
import { fixtures } from '../kernel/fixtures.ts';
import { probeEvents } from './probe-events.ts';

const run = promisify(execFile);
const statsEnabled = '/proc/sys/kernel/bpf_stats_enabled';

interface ProbeCost {
  hook: string;
  program: string;
  section: string;
  runs: number;
  /** Mean nanoseconds of a run, of it and of the empty one. */
  ns: number;
  empty: number;
}

interface OperationCost {
  operation: string;
  hook: string;
  /** Medians, nanoseconds for one. */
  without: number;
  with: number;
}

/** Undefined when this kernel has not the hook. */
async function load(name: string): Promise<Program | undefined> {
  const { file } = checkProgram(join(await fixtures(), 'programs'), name);
  if (file === undefined) throw new Error(`${name} has faults`);
  const program = Program.load(file, { mapSizes: {}, kernelAddress });
  if (program.object !== undefined) return program;
  console.log(`${name}: ${program.reason}`);
  return undefined;
}

async function compile(source: string, folder: string): Promise<string> {
  const arch = process.arch === 'arm64' ? ['arm64', 'aarch64'] : ['x86', 'x86_64'];
  const include = join(repository, 'receivers/ebpf/programs/include');
  const flags = [`-D__TARGET_ARCH_${arch[0]}`, `-I${include}`, '-idirafter', `/usr/include/${arch[1]}-linux-gnu`];
  const out = join(folder, basename(source).replace(/c$/, 'o'));
  await run('clang', ['-target', 'bpf', '-O2', '-g', '-mcpu=v3', ...flags, '-c', source, '-o', out]);
  return out;
}

/** An object with one empty program for each of `programs`, attached to the same hooks. */
async function attachEmpty(programs: AttachedProgram[], folder: string): Promise<BpfObject> {
  const bodies = programs.map(
    ({ info: { section, name } }) => `SEC("${section}") int ${name}(void* ctx) { return 0; }\n`,
  );
  const usdt = bodies.some((body) => body.includes('usdt/')) ? '#include <bpf/usdt.bpf.h>\n' : '';
  const source = join(folder, 'empty.bpf.c');
  const license = 'char LICENSE[] SEC("license") = "GPL";\n';
  await writeFile(source, `#include "kernel.bpf.h"\n${usdt}${bodies.join('')}${license}`);
  const object = BpfObject.open(await compile(source, folder));
  object.load();
  for (const { info } of programs) attachProgram(object, info);
  return object;
}

/** What probes are made of, each on the system call that getpid() makes again and again: name to nanoseconds of a run. */
async function measureOperations(folder: string): Promise<[name: string, ns: number][]> {
  const object = BpfObject.open(await compile(join(import.meta.dirname, 'programs/bench_operations.bpf.c'), folder));
  object.load();
  for (const program of object.programs) attachProgram(object, program);
  await runEvent('operation', 'getpid', 300_000);
  const costs = object.programs.map(({ name }): [string, number] => {
    const { runTimeNs, runCount } = object.runtimeInfo(name);
    return [name, runTimeNs / runCount];
  });
  object.close();
  return costs;
}

async function measure(hook: string, event: () => Promise<void>, folder: string): Promise<ProbeCost[]> {
  const program = await load(hook);
  const object = program?.object;
  if (program === undefined || object === undefined) return [];
  const attached = program.programs.filter((one) => one.attached);
  const empty = await attachEmpty(attached, folder);
  await event();
  const before = attached.map(({ info: { name } }) => [object.runtimeInfo(name), empty.runtimeInfo(name)]);
  await event();
  const costs = attached.map(({ info: { name, section } }, at): ProbeCost => {
    const [own, other] = [object.runtimeInfo(name), empty.runtimeInfo(name)].map((after, which) => {
      const runs = after.runCount - before[at][which].runCount;
      return { runs, ns: (after.runTimeNs - before[at][which].runTimeNs) / runs };
    });
    return { hook, program: name, section, runs: own.runs, ns: own.ns, empty: other.ns };
  });
  empty.close();
  program.close();
  return costs.filter(({ runs }) => runs >= 10);
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1];

/** Alternately without and with the hook, so that a drift of the machine meets both. */
async function addedTo(operation: string, hook: string, ...args: (string | number)[]): Promise<OperationCost[]> {
  const once = async (): Promise<number> => (await runEvent<{ ns: number }>('operation', operation, ...args)).ns;
  const times: { without: number[]; with: number[] } = { without: [], with: [] };
  for (let round = 0; round < 5; round++) {
    times.without.push(await once());
    const program = await load(hook);
    if (program === undefined) return [];
    times.with.push(await once());
    program.close();
  }
  return [{ operation, hook, without: median(times.without), with: median(times.with) }];
}

const addedCosts = async (): Promise<OperationCost[]> =>
  withDisk(async ({ device }) =>
    [
      await addedTo('getpid', 'timers', 300_000),
      await addedTo('timer', 'timers', 200_000),
      await addedTo('write', 'biolatency', 300, device),
      await addedTo('accept', 'accept-latency', 2000),
      await addedTo('accept', 'tcp-syn-backlog', 2000),
    ].flat(),
  );

const round = (value: number): string => value.toFixed(0);

function report(costs: ProbeCost[], added: OperationCost[], operations: [name: string, ns: number][]): string {
  const processor = cpus()[0]?.model ?? process.arch;
  const probeRows = costs.map(
    ({ hook, program, section, runs, ns, empty }) =>
      `| ${hook} | ${program} | ${section} | ${runs} | ${round(ns)} | ${round(empty)} | ${round(ns - empty)} |`,
  );
  const addedRows = added.map(
    (one) => `| ${one.operation} | ${one.hook} | ${one.without} | ${one.with} | ${one.with - one.without} |`,
  );
  const nothing = operations.find(([name]) => name === 'nothing')?.[1] ?? 0;
  return [
    `Kernel ${release()}, ${cpus().length} CPUs, ${processor}; written by \`npm run bench:probes\`. Nanoseconds.`,
    '\n| hook | program | section | runs | per run | empty | beyond empty |\n| --- | --- | --- | --: | --: | --: | --: |',
    ...probeRows,
    '\nWhat a hook adds to the operation that it watches (medians of 5, statistics off; getpid has no hook):',
    '\n| operation | hook | without | with | added |\n| --- | --- | --: | --: | --: |',
    ...addedRows,
    '\nWhat probes are made of, warm, on getpid (test/bench/programs/bench_operations.bpf.c): a hook cannot cost less than its operations.',
    '\n| operation | per run | beyond nothing |\n| --- | --: | --: |',
    ...operations.map(([name, ns]) => `| ${name} | ${round(ns)} | ${round(ns - nothing)} |`),
  ].join('\n');
}

/** Replaces the part between the marks, or adds it at the end. */
async function writePart(text: string): Promise<void> {
  const file = join(repository, 'docs/performance.md');
  const old = await readFile(file, 'utf8').catch(() => '# Performance\n');
  const [begin, end] = ['<!-- bench:probes -->', '<!-- end of bench:probes -->'];
  const rest = old.replace(new RegExp(`${begin}[^]*${end}\n?`), '').trimEnd();
  await writeFile(file, `${rest}\n\n${begin}\n## Cost of the probes\n\n${text}\n${end}\n`);
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'probes-'));
  process.env['PATH'] = `${join(await fixtures(), 'events')}:${process.env['PATH'] ?? ''}`;
  const stats = await readFile(statsEnabled, 'utf8');
  const costs: ProbeCost[] = [];
  const parts: [name: string, ns: number][] = [];
  try {
    await writeFile(statsEnabled, '1');
    for (const [hook, event] of Object.entries(probeEvents)) costs.push(...(await measure(hook, event, folder)));
    parts.push(...(await measureOperations(folder)));
  } finally {
    await writeFile(statsEnabled, stats);
    await rm(folder, { recursive: true });
  }
  const text = report(costs, await addedCosts(), parts);
  console.log(text);
  await writePart(text);
}

await main();
