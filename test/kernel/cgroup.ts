// Cgroups of a test's own: one of version 2, which is what metrics name, and where version 2 has no memory controller
// (hybrid hosts) one of version 1 for the limit.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TestCgroup {
  /** Its folder in the version 2 hierarchy: the value of the label `cgroup`. */
  path: string;
  /** All folders that a process has to join. */
  folders: string[];
}

interface Mount {
  folder: string;
  type: string;
  options: string;
}

const mounts = (): Mount[] =>
  readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, folder = '', type = '', options = '']) => ({ folder, type, options }));

function unifiedMount(): string {
  const mount = mounts().find(({ type }) => type === 'cgroup2');
  if (mount === undefined) throw new Error('no cgroup2 is mounted');
  return mount.folder;
}

/** This process's own memory cgroup of version 1: a sandbox may allow writes only below it. */
function memoryV1(): string | undefined {
  const mount = mounts().find(({ type, options }) => type === 'cgroup' && options.split(',').includes('memory'));
  const own = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  return mount === undefined || own === undefined ? undefined : join(mount.folder, own);
}

/** Runs `use` with a fresh cgroup and removes it. `memoryMiB` limits its memory, without swap. */
export async function withCgroup<T>(
  name: string,
  use: (cgroup: TestCgroup) => Promise<T>,
  memoryMiB?: number,
): Promise<T> {
  const path = join(unifiedMount(), `${name}-${process.pid}`);
  mkdirSync(path);
  const folders = [path];
  try {
    if (memoryMiB !== undefined) limitMemory(folders, memoryMiB << 20);
    return await use({ path, folders });
  } finally {
    for (const folder of folders) await remove(folder);
  }
}

function limitMemory(folders: string[], bytes: number): void {
  const [path] = folders;
  if (hasMemoryController(dirname(path))) {
    writeFileSync(join(path, 'memory.max'), String(bytes));
    tryWrite(join(path, 'memory.swap.max'), '0');
    return;
  }
  const parent = memoryV1();
  if (parent === undefined) throw new Error('no memory controller, neither of version 2 nor of version 1');
  const folder = join(parent, path.slice(path.lastIndexOf('/') + 1));
  mkdirSync(folder);
  folders.push(folder);
  writeFileSync(join(folder, 'memory.limit_in_bytes'), String(bytes));
  tryWrite(join(folder, 'memory.swappiness'), '0');
}

function hasMemoryController(root: string): boolean {
  if (!readFileSync(join(root, 'cgroup.controllers'), 'utf8').includes('memory')) return false;
  writeFileSync(join(root, 'cgroup.subtree_control'), '+memory');
  return true;
}

/** Kernels without swap accounting have no such file. */
function tryWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    if (!['ENOENT', 'EACCES', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** A cgroup is busy until its last process is reaped. */
async function remove(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === 100) throw error;
      await sleep(20);
    }
  }
}
