// The programs of this folder, compiled once for each state of their sources into the user's cache folder.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, glob, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { arch } from 'node:process';
import { promisify } from 'node:util';
import { cacheFolder } from '../support/cache.ts';

const run = promisify(execFile);
const sources = join(import.meta.dirname, 'programs');
/** Headers that ship, for what differs between architectures. */
const shipped = join(import.meta.dirname, '../../receivers/ebpf/programs/include');

/** Folder with NAME.yaml, NAME.bpf.o and `format-target`. In a guest, which has no compiler, FORMAT_PROGRAMS names it. */
export async function formatPrograms(): Promise<string> {
  const given = process.env['FORMAT_PROGRAMS'];
  if (given !== undefined) return given;
  const folder = join(cacheFolder, `format-${arch}-${await digest()}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, 'format-'));
  try {
    await build(scratch, folder);
    await rename(scratch, folder);
  } catch (error) {
    await rm(scratch, { recursive: true });
    // Another test file was quicker.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** `source` compiled to `object` as the programs of this folder are. */
export async function compileProgram(source: string, object: string, defines: string[] = []): Promise<void> {
  const machine = (await run('uname', ['-m'])).stdout.trim();
  const target = `-D__TARGET_ARCH_${machine === 'aarch64' ? 'arm64' : 'x86'}`;
  const flags = [
    '-target',
    'bpf',
    '-O2',
    '-g',
    '-mcpu=v3',
    '-Wall',
    '-Werror',
    target,
    ...defines,
    '-I',
    sources,
    '-I',
    shipped,
  ];
  await run('clang', [...flags, '-idirafter', `/usr/include/${machine}-linux-gnu`, '-c', source, '-o', object]);
}

async function build(out: string, folder: string): Promise<void> {
  const define = `-DTARGET="${join(folder, 'format-target')}"`;
  for await (const file of glob('*.bpf.c', { cwd: sources }))
    await compileProgram(join(sources, file), join(out, basename(file, '.c').concat('.o')), [define]);
  for await (const file of glob('*.yaml', { cwd: sources })) await copyFile(join(sources, file), join(out, file));
  await run('gcc', ['-O2', '-Wall', '-rdynamic', '-o', join(out, 'format-target'), join(sources, 'target.c')]);
}

async function digest(): Promise<string> {
  const files = (await Array.fromAsync(glob(join(sources, '*')))).sort();
  const hash = createHash('sha256');
  for (const file of [...files, import.meta.filename]) hash.update(basename(file)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
