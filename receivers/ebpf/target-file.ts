/** Programs and libraries by bare name, found where a shell and a dynamic linker look, on glibc and musl systems. */
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const LIBRARY_FOLDERS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'];
const PROGRAM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** As the kernel's own limit. */
const MAX_LINKS = 40;
const MULTIARCH: Readonly<Record<string, string>> = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/**
 * The file to attach to. A path with a slash is itself (below `root`); a bare name is looked up; `libc.so.6` also finds musl's
 * `libc.musl-*.so.1`. Undefined when it is in none of the folders.
 */
export function findTarget(name: string, root = '/'): string | undefined {
  if (name.startsWith('/proc/self/')) return name;
  if (name.includes('/')) return root === '/' ? name : below(root, name);
  const isLibrary = /\.so(\.|$)/.test(name);
  const folders = isLibrary ? libraryFolders() : [...absolute(process.env.PATH), ...PROGRAM_FOLDERS];
  const found = folders.map((folder) => below(root, join(folder, name))).find((file) => isElf(file));
  return found ?? (name.startsWith('libc.so') ? muslLibc(root) : undefined);
}

/** A path of another root as a path of ours: its symbolic links are followed within that root. */
function below(root: string, path: string): string {
  if (root === '/') return path;
  let [done, rest] = ['/', path.split('/').filter((part) => part !== '')];
  for (let links = 0; rest.length > 0 && links < MAX_LINKS;) {
    const next = resolve(done, rest[0]);
    rest = rest.slice(1);
    if (lstatSync(join(root, next), { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
      done = next;
      continue;
    }
    links++;
    rest = [
      ...resolve(dirname(next), readlinkSync(join(root, next)))
        .split('/')
        .filter((part) => part !== ''),
      ...rest,
    ];
    done = '/';
  }
  return join(root, done, ...rest);
}

/**
 * What there is at the place of a target now: another text when it has come, gone or been replaced; '' when it is not there,
 * or not to be seen with the capabilities that are left.
 */
export function targetIdentity(name: string, root = '/'): string {
  try {
    const file = findTarget(name, root);
    if (file === undefined) return '';
    const { dev, ino, size, mtimeMs } = statSync(file);
    return `${file} ${dev} ${ino} ${size} ${mtimeMs}`;
  } catch {
    return '';
  }
}

/** Version managers put scripts under a program's name: only an ELF file has probes. */
function isElf(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const magic = Buffer.alloc(4);
  const fd = openSync(file, 'r');
  try {
    readSync(fd, magic);
  } finally {
    closeSync(fd);
  }
  return magic.toString('latin1') === '\x7fELF';
}

function libraryFolders(): string[] {
  const multiarch = MULTIARCH[process.arch];
  return [...absolute(process.env.LD_LIBRARY_PATH), `/lib/${multiarch}`, `/usr/lib/${multiarch}`, ...LIBRARY_FOLDERS];
}

/** Entries that are not absolute name no fixed place. */
const absolute = (path = ''): string[] => path.split(':').filter((folder) => folder.startsWith('/'));

function muslLibc(root: string): string | undefined {
  const folder = join(root, '/lib');
  const name = existsSync(folder) ? readdirSync(folder).find((file) => /^libc\.musl-.*\.so\.1$/.test(file)) : undefined;
  return name === undefined ? undefined : join(folder, name);
}
