// The programs of this folder, compiled once for each state of their sources.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { hostArchitecture } from '../kernel/harness-initramfs.ts';
import type { Architecture } from '../kernel/harness-kernels.ts';

const run = promisify(execFile);
const sources = join(import.meta.dirname, 'programs');
/** Headers that ship, for what differs between architectures. */
const shipped = join(import.meta.dirname, '../../receivers/ebpf/programs/include');
/** In the repository, since that is all that guests of another architecture see of this machine. Not under git. */
const cacheFolder = resolve(import.meta.dirname, '../.cache');
const machines: Record<Architecture, { name: string; target: string; compiler: string }> = {
  amd64: { name: 'x86_64', target: 'x86', compiler: 'x86_64-linux-gnu-gcc' },
  arm64: { name: 'aarch64', target: 'arm64', compiler: 'aarch64-linux-gnu-gcc' },
};

/**
 * Folder with NAME.yaml, NAME.bpf.o and `format-target`. In a guest, which has no compiler, FORMAT_PROGRAMS names it.
 * Who counts the calls of `format-target` must run alone: it is one file for all.
 */
export async function formatPrograms(architecture: Architecture = hostArchitecture): Promise<string> {
  const given = process.env['FORMAT_PROGRAMS'];
  if (given !== undefined) return given;
  const folder = join(cacheFolder, `format-${architecture}-${await digest()}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, 'format-'));
  try {
    await build(scratch, folder, architecture);
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true });
    // Another test file was quicker.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** `source` compiled to `object` as the programs of this folder are. */
export async function compileProgram(
  source: string,
  object: string,
  defines: string[] = [],
  architecture: Architecture = hostArchitecture,
): Promise<void> {
  const { name, target } = machines[architecture];
  const kind = ['-target', 'bpf', '-O2', '-g', '-mcpu=v3', '-Wall', '-Werror', `-D__TARGET_ARCH_${target}`];
  // Headers of the architecture that are the compiler's business come last.
  const include = ['-I', sources, '-I', shipped, '-idirafter', `/usr/${name}-linux-gnu/include`];
  const own = ['-idirafter', `/usr/include/${name}-linux-gnu`];
  await run('clang', [...kind, ...defines, ...include, ...own, '-c', source, '-o', object]);
}

async function build(out: string, folder: string, architecture: Architecture): Promise<void> {
  const define = `-DTARGET="${join(folder, 'format-target')}"`;
  for await (const file of glob('*.bpf.c', { cwd: sources }))
    await compileProgram(join(sources, file), join(out, basename(file, '.c').concat('.o')), [define], architecture);
  for await (const file of glob('*.yaml', { cwd: sources })) await copyFile(join(sources, file), join(out, file));
  // 5.10 takes a position-independent program for a library, where it has no USDT.
  const target = [join(out, 'format-target'), join(sources, 'target.c')];
  const probes = ['-idirafter', `/usr/include/${machines[hostArchitecture].name}-linux-gnu`];
  await run(machines[architecture].compiler, ['-O2', '-Wall', '-no-pie', '-rdynamic', ...probes, '-o', ...target]);
}

async function digest(): Promise<string> {
  const files = (await Array.fromAsync(glob(join(sources, '*')))).sort();
  const hash = createHash('sha256');
  for (const file of [...files, import.meta.filename]) hash.update(basename(file)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
