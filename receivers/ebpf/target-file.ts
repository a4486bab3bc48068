/** Programs and libraries by bare name, found where a shell and a dynamic linker look, on glibc and musl systems. */
import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARY_FOLDERS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'];
const PROGRAM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * The file to attach to. A path with a slash is itself (below `root`); a bare name is looked up; `libc.so.6` also finds musl's
 * `libc.musl-*.so.1`. What is not found comes back as it is: the attach then names it.
 */
export function findTarget(name: string, root = '/'): string {
  if (name.startsWith('/proc/self/')) return name;
  if (name.includes('/')) return root === '/' ? name : join(root, name);
  const isLibrary = /\.so(\.|$)/.test(name);
  const folders = isLibrary ? libraryFolders() : [...pathFolders(), ...PROGRAM_FOLDERS];
  const found = folders.map((folder) => join(root, folder, name)).find((file) => isElf(file));
  return found ?? (name.startsWith('libc.so') ? muslLibc(root) : undefined) ?? name;
}

/** Version managers put scripts under a program's name: only an ELF file has probes. */
function isElf(file: string): boolean {
  if (!existsSync(file)) return false;
  const magic = Buffer.alloc(4);
  const fd = openSync(file, 'r');
  readSync(fd, magic);
  closeSync(fd);
  return magic.toString('latin1') === '\x7fELF';
}

function libraryFolders(): string[] {
  const multiarch = MULTIARCH[process.arch];
  return [`/lib/${multiarch}`, `/usr/lib/${multiarch}`, ...LIBRARY_FOLDERS];
}

/** PATH as a service sees it; entries that are not absolute name no fixed place. */
const pathFolders = (): string[] => (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));

function muslLibc(root: string): string | undefined {
  const folder = join(root, '/lib');
  const name = existsSync(folder) ? readdirSync(folder).find((file) => /^libc\.musl-.*\.so\.1$/.test(file)) : undefined;
  return name === undefined ? undefined : join(folder, name);
}
