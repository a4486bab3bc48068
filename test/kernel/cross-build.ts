// The addon for another architecture, built against the libbpf of that architecture's guest root.
import { execFile } from 'node:child_process';
import { glob, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../support/cache.ts';
import { hostArchitecture } from './harness-initramfs.ts';
import type { Architecture } from './harness-kernels.ts';
import { foreignRoot } from './harness-root.ts';

const run = promisify(execFile);
const native = resolve(import.meta.dirname, '../../native');
const triplets: Record<Architecture, string> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
/** libbpf and what it is linked to. The rest of that root's libraries must not come before the compiler's own. */
const libraries = ['libbpf', 'libelf', 'libz', 'libzstd'];

/** Environment for a guest: with EBPF_ADDON where the addon of this machine is not the guest's. */
export async function addonFor(architecture: Architecture): Promise<Record<string, string>> {
  if (architecture === hostArchitecture) return {};
  const folder = await linkLibbpf(architecture);
  await run('make', ['-s', '-C', native, `ARCH=${architecture}`, `LIBBPF_ARM64=${folder}`]);
  return { EBPF_ADDON: join(native, 'build', architecture, 'addon.node') };
}

async function linkLibbpf(architecture: Architecture): Promise<string> {
  const usr = join(await foreignRoot(architecture), 'usr');
  const folder = join(cacheFolder, `libbpf-${architecture}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'include'), { recursive: true });
  await mkdir(join(folder, 'lib'));
  await symlink(join(usr, 'include/bpf'), join(folder, 'include/bpf'));
  const patterns = libraries.map((name) => join(usr, 'lib', triplets[architecture], `${name}.so*`));
  for await (const file of glob(patterns)) await symlink(file, join(folder, 'lib', basename(file)));
  return folder;
}
