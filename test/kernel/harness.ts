// A guest: a Debian suite's kernel in QEMU, with a root shared read-only by virtiofs under a tmpfs. What the command
// writes there is gone afterwards; it sees the repository at its own path. Always emulated (TCG): never judge speed in it.
// One boot takes 3 to 6 s, so boot once a kernel and run a whole suite there.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startChild, untilChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import { buildInitramfs, hostArchitecture } from './harness-initramfs.ts';
import { fetchKernel } from './harness-kernels.ts';
import type { Architecture, Kernel, Suite } from './harness-kernels.ts';
import { foreignNode, guestRoot } from './harness-root.ts';

export type { Architecture, Suite };

export interface GuestOptions {
  /** amd64 or arm64; this machine's own when left out. */
  architecture?: Architecture;
  memoryMiB?: number;
  cpus?: number;
  /** Size of an empty disk, /dev/vda in the guest. */
  diskMiB?: number;
  /** For the whole run, from QEMU's start. */
  timeoutMs?: number;
  /** The command's environment, beside PATH (with Node first), HOME and LANG. */
  env?: Record<string, string>;
  /** Where the command runs; the repository when left out. */
  cwd?: string;
}

export interface GuestResult {
  /** The command's exit status; 128 and the signal's number when a signal ended it. */
  status: number;
  /** Its stdout and stderr, merged. */
  output: string;
  /** What the kernel wrote to its console. */
  console: string;
  release: string;
}

interface Machine {
  program: string;
  args: string[];
  console: string;
}

/** What one boot is made of; `folder` is its scratch folder, QEMU's working directory. */
interface Boot {
  folder: string;
  kernel: Kernel;
  initramfs: string;
  shares: Share[];
}

const repository = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

// KVM is not everywhere. Without cx16=off the 6.12 kernel panics in one boot of ten; plain `max` is three times slower on
// arm64. With one thread for its CPUs a guest leaves the other core to another guest: a CPU that waits for another's answer
// to an interrupt would take it. arm64 is the slowest and needs both.
const machines: Record<Architecture, Machine> = {
  amd64: {
    program: 'qemu-system-x86_64',
    args: ['-machine', 'q35', '-cpu', 'max,cx16=off', '-accel', 'tcg,thread=single'],
    console: 'ttyS0',
  },
  arm64: {
    program: 'qemu-system-aarch64',
    args: ['-machine', 'virt', '-cpu', 'cortex-a72', '-accel', 'tcg'],
    console: 'ttyAMA0',
  },
};

/**
 * Runs `command` as root in a guest with the suite's kernel. Throws when the guest gives no exit status: it died, hung
 * or never started; the message ends in its console. Needs `requires('qemu')`, for arm64 `requires('qemu-arm64')`.
 */
export async function bootGuest(suite: Suite, command: string[], options: GuestOptions = {}): Promise<GuestResult> {
  const architecture = options.architecture ?? hostArchitecture;
  const kernel = await fetchKernel(suite, architecture);
  const shares = await sharesFor(architecture);
  const folder = await mkdtemp(join(tmpdir(), 'guest-'));
  const running: Child[] = [];
  try {
    const initramfs = await buildInitramfs(folder, architecture, kernel, shellScript(command, options));
    running.push(...(await startDaemons(folder, shares)));
    return await runMachine({ folder, kernel, initramfs, shares }, architecture, options);
  } finally {
    await Promise.all(running.map(async (child) => child.stop()));
    await rm(folder, { recursive: true });
  }
}

const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

function shellScript(command: string[], { architecture, env, cwd }: GuestOptions): string {
  const node =
    architecture === undefined || architecture === hostArchitecture ? dirname(process.execPath) : foreignNode;
  const path = `${node}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const variables = Object.entries({ PATH: path, HOME: '/root', LANG: 'C.UTF-8', ...env });
  return [
    ...variables.map(([name, value]) => `export ${name}=${quote(value)}`),
    `cd ${quote(cwd ?? repository)} || exit`,
    `exec ${command.map(quote).join(' ')}\n`,
  ].join('\n');
}

interface Share {
  tag: string;
  folder: string;
}

/** The repository by itself: it may be a mount of its own, and a foreign root does not have it. */
async function sharesFor(architecture: Architecture): Promise<Share[]> {
  return [
    { tag: 'host', folder: await guestRoot(architecture) },
    { tag: 'repository', folder: repository },
  ];
}

// QEMU 7.2 has a virtiofsd of its own; later it is a program by itself, with other options.
const daemons = [
  {
    program: '/usr/lib/qemu/virtiofsd',
    options: ['-o', 'cache=always', '-o', 'sandbox=chroot', '-o'],
    folder: 'source=',
  },
  {
    program: '/usr/libexec/virtiofsd',
    options: ['--cache=always', '--sandbox=chroot'],
    folder: '--shared-dir=',
  },
];

/** One daemon for each share, listening on `TAG.socket` in `scratch`. The guest mounts all of them read-only. */
async function startDaemons(scratch: string, shares: Share[]): Promise<Child[]> {
  const daemon = daemons.find(({ program }) => existsSync(program));
  if (daemon === undefined) throw new Error('no virtiofsd: run scripts/setup.sh test');
  return Promise.all(
    shares.map(async ({ tag, folder }) => {
      const socket = join(scratch, `${tag}.socket`);
      const args = [`--socket-path=${socket}`, ...daemon.options, `${daemon.folder}${folder}`];
      const child = await startChild(daemon.program, args, { cwd: scratch });
      await untilChild(child, 'virtiofsd listens', async () => existsSync(socket) || undefined);
      return child;
    }),
  );
}

function machineArguments(boot: Boot, machine: Machine, options: GuestOptions): string[] {
  const { kernel, initramfs, shares } = boot;
  const memory = `${options.memoryMiB ?? 1024}M`;
  return [
    ['-nodefaults', '-display', 'none', '-no-reboot', ...machine.args],
    ['-smp', `${options.cpus ?? 2}`, '-m', memory],
    ['-object', `memory-backend-memfd,id=mem,size=${memory},share=on`, '-numa', 'node,memdev=mem'],
    ...shares.map(({ tag }) => shareDevice(tag)),
    ['-drive', 'if=none,id=disk,file=disk,format=raw,cache=unsafe', '-device', 'virtio-blk-pci,drive=disk'],
    ['-device', 'virtio-serial-pci', ...port('output', 1), ...port('status', 2), '-serial', 'file:console'],
    ['-kernel', kernel.image, '-initrd', initramfs, '-append', kernelCommandLine(machine)],
  ].flat();
}

function shareDevice(tag: string): string[] {
  return ['-chardev', `socket,id=${tag},path=${tag}.socket`, '-device', `vhost-user-fs-pci,chardev=${tag},tag=${tag}`];
}

/** `repository=` reaches the guest's init as an environment variable. */
function kernelCommandLine({ console }: Machine): string {
  return `console=${console} quiet panic=-1 repository="${repository}"`;
}

/** A file of that name gets what the guest writes to the port of that number. */
function port(name: string, number: number): string[] {
  const device = `virtserialport,chardev=${name},name=${name},nr=${number}`;
  return ['-chardev', `file,id=${name},path=${name}`, '-device', device];
}

async function runMachine(boot: Boot, architecture: Architecture, options: GuestOptions): Promise<GuestResult> {
  const { folder, kernel } = boot;
  const machine = machines[architecture];
  await writeFile(join(folder, 'disk'), '');
  await truncate(join(folder, 'disk'), (options.diskMiB ?? 64) << 20);
  const args = machineArguments(boot, machine, options);
  const timeout = options.timeoutMs ?? 300_000;
  const ended = await run(machine.program, args, { cwd: folder, timeout, killSignal: 'SIGKILL' }).then(
    () => 'ended',
    (error: Error & { killed?: boolean }) => (error.killed === true ? `took over ${timeout} ms` : error.message),
  );
  const read = async (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');
  const [output, status, console] = await Promise.all([read('output'), read('status'), read('console')]);
  if (status === '') {
    const end = console.split('\n').slice(-40).join('\n');
    throw new Error(`guest ${kernel.release} gave no exit status (${ended})\n${output}\n${end}`);
  }
  return { status: Number(status), output, console, release: kernel.release };
}
