// What hook tests run beside the agent: the event programs, and llcstat with other events in the place of cache
// events. Built once for each state of the sources.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, glob, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { hostArchitecture } from './harness-initramfs.ts';
import type { Architecture } from './harness-kernels.ts';

const run = promisify(execFile);
const events = join(import.meta.dirname, 'events');
export const programs = resolve(import.meta.dirname, '../../receivers/ebpf/programs');
/** In the repository, since that is all that guests of another architecture see of this machine. Not under git. */
const cacheFolder = resolve(import.meta.dirname, '../.cache');

/**
 * The events of llcstat's two programs in each variant. Type 1 is the kernel's own, all page faults and major ones, so
 * frequent that each is sampled; type 0 the hardware's, cycles, which even an emulated arm64 counts.
 */
const variants: Record<string, [references: string, misses: string]> = {
  'llcstat-software': ['type=1,config=2,frequency=20000', 'type=1,config=6,frequency=20000'],
  'llcstat-hardware': ['type=0,config=0,frequency=99', 'type=0,config=0,frequency=99'],
};

/**
 * Folder with `events/NAME` and `programs/NAME/NAME.{yaml,bpf.o}`, which has all that ships and llcstat's variants. In a
 * guest it comes from the host by FIXTURES, for guests need no compiler.
 */
export async function fixtures(architecture: Architecture = hostArchitecture): Promise<string> {
  const given = process.env['FIXTURES'];
  if (given !== undefined) return given;
  const folder = join(cacheFolder, `fixtures-${architecture}-${await digest()}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, 'fixtures-'));
  try {
    await build(join(scratch, 'built'), join(scratch, 'sources'), architecture);
    // Whole or not at all; another test file may have been quicker.
    await rename(join(scratch, 'built'), folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(scratch, { recursive: true });
  }
  return folder;
}

async function digest(): Promise<string> {
  const patterns = ['*.c', '*.h'].map((pattern) => join(events, pattern));
  const sources = ['Makefile', 'include/*.h', '*/*.bpf.c', '*/*.yaml'].map((pattern) => join(programs, pattern));
  const files = (await Array.fromAsync(glob([...patterns, ...sources, import.meta.filename]))).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(basename(file)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function build(out: string, sources: string, architecture: Architecture): Promise<void> {
  await cp(programs, sources, { recursive: true, filter: (file) => !file.endsWith('.o') });
  for (const [name, [references, misses]] of Object.entries(variants)) {
    await mkdir(join(sources, name));
    const code = await readFile(join(sources, 'llcstat/llcstat.bpf.c'), 'utf8');
    const changed = code
      .replace('type=0,config=2,frequency=99', references)
      .replace('type=0,config=3,frequency=99', misses);
    if (!changed.includes(references) || !changed.includes(misses)) throw new Error('llcstat has other events now');
    await writeFile(join(sources, name, `${name}.bpf.c`), changed);
    // Metrics of its own: two programs of one agent cannot have the same series.
    const config = await readFile(join(sources, 'llcstat/llcstat.yaml'), 'utf8');
    const own = config.replace(/- name: (llc(_\w+))/g, `- name: ${name.replace('-', '_')}$2\n      map: $1`);
    if (own === config) throw new Error('llcstat has other metrics now');
    await writeFile(join(sources, name, `${name}.yaml`), own);
  }
  await Promise.all([buildPrograms(join(out, 'programs'), sources, architecture), buildEvents(out, architecture)]);
}

async function buildPrograms(out: string, sources: string, architecture: Architecture): Promise<void> {
  const arch = architecture === 'arm64' ? 'arm64' : 'x86';
  await run('make', ['-s', '-C', sources, `ARCH=${arch}`, `OUT=${out}`]);
  for await (const file of glob('*/*.yaml', { cwd: sources })) await cp(join(sources, file), join(out, file));
}

// 5.10 takes a position-independent program for a library, where it has no USDT. The header of probes is the same for
// all architectures; cross compilers do not look where Debian has it.
async function buildEvents(out: string, architecture: Architecture): Promise<void> {
  const compiler = architecture === hostArchitecture ? 'gcc' : 'aarch64-linux-gnu-gcc';
  const flags = [
    '-no-pie',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-idirafter',
    `/usr/include/${await machine()}-linux-gnu`,
  ];
  await mkdir(join(out, 'events'), { recursive: true });
  for await (const file of glob('*.c', { cwd: events })) {
    await run(compiler, [...flags, '-o', join(out, 'events', basename(file, '.c')), join(events, file)]);
  }
}

async function machine(): Promise<string> {
  return (await run('uname', ['-m'])).stdout.trim();
}
