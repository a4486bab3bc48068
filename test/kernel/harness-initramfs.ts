// The initramfs of a guest: the static init, the kernel's modules and the command. A cpio archive in the "newc" form,
// which the kernel unpacks by itself.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { arch } from 'node:process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Architecture, Kernel } from './harness-kernels.ts';

const run = promisify(execFile);

interface Entry {
  name: string;
  /** File type and permissions, as in `stat`. */
  mode: number;
  content: Buffer;
}

/** Debian's name for the machine that this process runs on. */
export const hostArchitecture: Architecture = arch === 'arm64' ? 'arm64' : 'amd64';

const compilers: Record<Architecture, string> = { amd64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };

/** Writes `init` and `initramfs.cpio` into `folder`. `script` is what /bin/sh runs in the guest's root. */
export async function buildInitramfs(
  folder: string,
  architecture: Architecture,
  kernel: Kernel,
  script: string,
): Promise<string> {
  const init = join(folder, 'init');
  const source = join(import.meta.dirname, 'harness-init.c');
  const compiler = architecture === hostArchitecture ? 'gcc' : compilers[architecture];
  await run(compiler, ['-static', '-Os', '-Wall', '-Wextra', '-Werror', '-o', init, source]);
  const modules = kernel.modules.map(async (file) => fileEntry(`mod/${file.slice(file.lastIndexOf('/') + 1)}`, file));
  const entries = [
    ...['dev', 'proc', 'sys', 'mod'].map(folderEntry),
    ...(await Promise.all(modules)),
    await fileEntry('init', init),
    { name: 'command', mode: 0o100755, content: Buffer.from(script) },
  ];
  const archive = join(folder, 'initramfs.cpio');
  await writeFile(archive, Buffer.concat([...entries, trailer].flatMap(serialize)));
  return archive;
}

const trailer: Entry = { name: 'TRAILER!!!', mode: 0, content: Buffer.alloc(0) };

function folderEntry(name: string): Entry {
  return { name, mode: 0o40755, content: Buffer.alloc(0) };
}

async function fileEntry(name: string, file: string): Promise<Entry> {
  return { name, mode: 0o100755, content: await readFile(file) };
}

/** Header and name, then the content, each padded to four bytes. */
function serialize({ name, mode, content }: Entry, index: number): Buffer[] {
  // inode, mode, uid, gid, links, mtime, size, device (2), special device (2), length of the name with its NUL, check
  const fields = [index + 1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  return [Buffer.from(header), padding(header.length), content, padding(content.length)];
}

const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);
