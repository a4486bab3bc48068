// The addon for another architecture, built on this machine against the libbpf of that architecture's guest root.
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { hostArchitecture } from './harness-initramfs.ts';
import type { Architecture } from './harness-kernels.ts';
import { foreignRoot } from './harness-root.ts';

const run = promisify(execFile);
const native = resolve(import.meta.dirname, '../../native');

/** Environment for a guest: with EBPF_ADDON where the addon of this machine is not the guest's. Quick when nothing has changed. */
export async function addonFor(architecture: Architecture): Promise<Record<string, string>> {
  if (architecture === hostArchitecture) return {};
  const libbpf = join(await foreignRoot(architecture), 'opt/libbpf');
  await run('make', ['-s', `-j${cpus().length}`, '-C', native, `ARCH=${architecture}`, `LIBBPF_ARM64=${libbpf}`]);
  return { EBPF_ADDON: join(native, 'build', architecture, 'addon.node') };
}
