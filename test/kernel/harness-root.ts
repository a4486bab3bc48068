// The folder that a guest has as its root. On the same architecture it is this machine's own root: same programs,
// libraries, files. For another one it is a small Debian of that architecture with Node, kept in the user's cache.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../support/cache.ts';
import { hostArchitecture } from './harness-initramfs.ts';
import { ForeignApt } from './harness-kernels.ts';
import type { Architecture } from './harness-kernels.ts';

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, '../..');

// libbpf-dev for the addon's cross-build, against the same libbpf that the guest has.
const tools = ['bash', 'coreutils', 'dash', 'findutils', 'grep', 'iproute2', 'mount', 'procps', 'sed', 'util-linux'];
const libraries = ['libatomic1', 'libbpf-dev', 'libbpf1', 'libstdc++6'];
const packages = [...tools, ...libraries, 'bpftool', 'pci.ids', 'python3'];
/** Merged /usr: the links that base-files would make. */
const links = ['bin', 'sbin', 'lib', 'lib64'];
/** Other packages make another root. */
const contents = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 8);
const npmArchitectures: Record<Architecture, string> = { amd64: 'x64', arm64: 'arm64' };

/** Folders where the guest looks for Node first. */
export const foreignNode = '/opt/node/bin';

/** Full path of the root for guests of this architecture. Needs the network at the first call for a foreign one. */
export async function guestRoot(architecture: Architecture): Promise<string> {
  return architecture === hostArchitecture ? '/' : foreignRoot(architecture);
}

/** Made at the first call, some 40 s. Its `opt/libbpf` is what the addon's cross-build wants as LIBBPF_ARM64. */
export async function foreignRoot(architecture: Architecture): Promise<string> {
  const folder = join(cacheFolder, `root-trixie-${architecture}-${contents}`);
  if (existsSync(folder)) return folder;
  await mkdir(cacheFolder, { recursive: true });
  const scratch = await mkdtemp(join(cacheFolder, 'root-'));
  try {
    const root = join(scratch, 'root');
    await fill(root, join(scratch, 'apt'), architecture);
    await rename(root, folder);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return folder;
}

async function fill(root: string, aptFolder: string, architecture: Architecture): Promise<void> {
  for (const link of links) {
    await mkdir(join(root, 'usr', link), { recursive: true });
    await symlink(`usr/${link}`, join(root, link));
  }
  for (const folder of ['dev', 'proc', 'sys', 'run', 'tmp', 'root', 'opt/node']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  const apt = await ForeignApt.open(aptFolder, 'trixie', architecture);
  if (!(await apt.unpack(packages, root, true))) throw new Error(`trixie lacks one of ${packages.join(', ')}`);
  await unpackNode(join(root, 'opt/node'), architecture);
  await linkLibbpf(join(root, 'opt/libbpf'), architecture);
}

/** `include` and `lib` with libbpf and what it needs, and not the libc beside it: the cross-compiler has its own. */
async function linkLibbpf(folder: string, architecture: Architecture): Promise<void> {
  const built = `usr/lib/${architecture === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  await mkdir(join(folder, 'include'), { recursive: true });
  await mkdir(join(folder, 'lib'));
  await symlink('../../../usr/include/bpf', join(folder, 'include/bpf'));
  for (const name of ['libbpf.so', 'libelf.so.1', 'libz.so.1', 'libzstd.so.1']) {
    await symlink(`../../../${built}/${name}`, join(folder, 'lib', name));
  }
}

/** The version that package.json pins, from npm's registry as this machine is set up for it. */
async function unpackNode(folder: string, architecture: Architecture): Promise<void> {
  const name = `node-linux-${npmArchitectures[architecture]}`;
  const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const version = manifest.optionalDependencies[name];
  if (version === undefined) throw new Error(`package.json pins no ${name}`);
  await run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], { cwd: folder });
  const archive = join(folder, `${name}-${version}.tgz`);
  await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  await rm(archive);
}
