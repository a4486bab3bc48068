// Debian's cloud kernels, one folder a suite and architecture in the user's cache folder: vmlinuz and the modules
// that it takes to reach the shared root. Package lists, status and archives of our own: the system's are not touched.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, glob, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../support/cache.ts';

const run = promisify(execFile);

export type Suite = 'bullseye' | 'bookworm' | 'trixie' | 'sid';
export type Architecture = 'amd64' | 'arm64';

export interface Kernel {
  /** As `uname -r` says it. */
  release: string;
  image: string;
  /** Uncompressed, in the order in which to load them. */
  modules: string[];
}

// In the order of their needs. Those that a kernel has built in are not found among its files.
const wanted = [
  'virtio',
  'virtio_ring',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_console',
  'virtio_blk',
  'fuse',
  'virtiofs',
  'overlay',
];

/** apt-get for another suite and architecture; all that it writes is in `folder`. */
export class ForeignApt {
  #options: string[];
  #folder: string;

  private constructor(folder: string, suite: Suite, architecture: Architecture) {
    this.#folder = folder;
    const settings = {
      'Dir::Etc::sourcelist': join(folder, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::Etc::preferencesparts': '/dev/null',
      'Dir::State': folder,
      'Dir::State::lists': join(folder, 'lists'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': folder,
      'APT::Architecture': architecture,
      'APT::Architectures': architecture,
      'APT::Default-Release': suite,
      'APT::Sandbox::User': 'root',
      'APT::Install-Recommends': 'false',
    };
    this.#options = ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  }

  static async open(folder: string, suite: Suite, architecture: Architecture): Promise<ForeignApt> {
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    await mkdir(join(folder, 'lists/partial'), { recursive: true });
    await mkdir(join(folder, 'archives/partial'), { recursive: true });
    await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${await mirror()} ${suite} main\n`);
    const apt = new ForeignApt(folder, suite, architecture);
    await apt.#run('apt-get', ['update']);
    return apt;
  }

  /** What `name` depends on. */
  async depends(name: string): Promise<string[]> {
    const text = await this.#run('apt-cache', ['depends', name]);
    return [...text.matchAll(/^\s*\|?Depends: (\S+)$/gm)].map(([, dependency = '']) => dependency);
  }

  /** Unpacks the packages, with all that they depend on if asked to. False when there is no such package. */
  async unpack(names: string[], root: string, withDependencies = false): Promise<boolean> {
    const command = withDependencies ? ['install', '--yes', '--download-only', '--', ...names] : ['download', ...names];
    const archives = withDependencies ? join(this.#folder, 'archives') : this.#folder;
    try {
      await this.#run('apt-get', command);
    } catch (error) {
      if (/Unable to locate package|no installation candidate/i.test(String(error))) return false;
      throw error;
    }
    for await (const file of glob('*.deb', { cwd: archives })) await run('dpkg', ['-x', join(archives, file), root]);
    return true;
  }

  async #run(program: string, args: string[]): Promise<string> {
    const options = { cwd: this.#folder, maxBuffer: 16 << 20, env: { ...process.env, LC_ALL: 'C' } };
    return (await run(program, [...this.#options, ...args], options)).stdout;
  }
}

/** The Debian archive that this machine itself uses, or DEBIAN_MIRROR. */
async function mirror(): Promise<string> {
  const named = process.env['DEBIAN_MIRROR'];
  if (named) return named;
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)']);
  const found = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error('no Debian archive among the sources of apt: set DEBIAN_MIRROR');
  return found;
}

/** Downloads at the first call for a suite and architecture, some 30 s; later calls return at once. */
export async function fetchKernel(suite: Suite, architecture: Architecture): Promise<Kernel> {
  const folder = join(cacheFolder, 'kernels', `${suite}-${architecture}`);
  if (!existsSync(folder)) {
    await mkdir(join(cacheFolder, 'kernels'), { recursive: true });
    const scratch = await mkdtemp(join(cacheFolder, 'kernels/fetch-'));
    try {
      await fetchInto(scratch, suite, architecture);
      // Whole or not at all; another process may have been quicker.
      await rename(join(scratch, 'kernel'), folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(scratch, { recursive: true });
    }
  }
  return read(folder);
}

async function read(folder: string): Promise<Kernel> {
  const files = (await Array.fromAsync(glob('*', { cwd: folder }))).sort();
  const image = files.find((file) => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${folder} holds no kernel: delete it and try again`);
  const modules = files.filter((file) => file.endsWith('.ko')).map((file) => join(folder, file));
  return { release: image.slice('vmlinuz-'.length), image: join(folder, image), modules };
}

async function fetchInto(scratch: string, suite: Suite, architecture: Architecture): Promise<void> {
  const root = join(scratch, 'root');
  const out = join(scratch, 'kernel');
  await mkdir(out);
  const apt = await ForeignApt.open(scratch, suite, architecture);
  const { image, release } = await unpackKernel(apt, root, `linux-image-cloud-${architecture}`);
  await copyFile(image, join(out, `vmlinuz-${release}`));
  for (const [index, name] of wanted.entries()) {
    for await (const file of glob(`**/${name}.ko*`, { cwd: root })) {
      await copyModule(join(root, file), join(out, `${10 + index}-${name}.ko`));
    }
  }
}

// The signed image or its unsigned twin; from 7.x on the image is an empty package, with kernel and modules in two more.
async function unpackKernel(
  apt: ForeignApt,
  root: string,
  metaPackage: string,
): Promise<{ image: string; release: string }> {
  const image = (await apt.depends(metaPackage)).find((name) => name.startsWith('linux-image-'));
  const release = image?.slice('linux-image-'.length) ?? '';
  const choices = [[`${image}`], [`${image}-unsigned`], [`linux-binary-${release}`, `linux-modules-${release}`]];
  for (const packages of image === undefined ? [] : choices) {
    if (!(await apt.unpack(packages, root))) continue;
    const [found] = await Array.fromAsync(glob('**/vmlinuz*', { cwd: root }));
    if (found !== undefined) return { image: join(root, found), release: release.replace(/-unsigned$/, '') };
  }
  throw new Error(`no kernel in ${metaPackage} (${image ?? 'which depends on no linux-image'})`);
}

async function copyModule(from: string, to: string): Promise<void> {
  if (!from.endsWith('.xz')) return copyFile(from, to);
  const options = { encoding: 'buffer', maxBuffer: 64 << 20 } as const;
  await writeFile(to, (await run('xz', ['-dc', from], options)).stdout);
}
