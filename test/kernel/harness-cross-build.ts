// The addon and the shipped programs for arm64, built on this machine, as an arm64 guest needs them.
import { execFile } from 'node:child_process';
import { copyFile, glob } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { foreignRoot } from './harness-root.ts';

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, '../..');

export interface CrossBuild {
  /** What EBPF_ADDON is to name in the guest. */
  addon: string;
  /** NAME/NAME.bpf.o and NAME/NAME.yaml of each shipped program. */
  programs: string;
}

/** Quick when nothing has changed. Not needed where the machine is itself an arm64. */
export async function crossBuildArm64(): Promise<CrossBuild> {
  const native = join(repository, 'native');
  const sources = join(repository, 'receivers/ebpf/programs');
  const programs = join(native, 'build/arm64/programs');
  const libbpf = join(await foreignRoot('arm64'), 'opt/libbpf');
  await run('make', ['-s', `-j${cpus().length}`, '-C', native, 'ARCH=arm64', `LIBBPF_ARM64=${libbpf}`]);
  await run('make', ['-s', `-j${cpus().length}`, '-C', sources, 'ARCH=arm64', `OUT=${programs}`]);
  for await (const file of glob('*/*.yaml', { cwd: sources }))
    await copyFile(join(sources, file), join(programs, file));
  return { addon: join(native, 'build/arm64/addon.node'), programs };
}
