// What a test needs of the machine. Without it the test is skipped with the reason; where CI is set nothing is
// skipped: the test file fails instead, so that a green run has proven everything.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { arch } from 'node:process';
import { cacheFolder } from './cache.ts';

export type Ability = 'root' | 'btf' | 'tracefs' | 'prometheus' | 'go' | 'qemu' | 'qemu-arm64';

/** Full path of a program in PATH or the usual system folders, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

export const prometheusPrograms = [join(cacheFolder, 'prometheus/usr/bin')];

function hasQemu(program: string): boolean {
  const virtiofsd = ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd'];
  return process.getuid?.() === 0 && findProgram(program) !== undefined && virtiofsd.some((file) => existsSync(file));
}

const qemuWanted = 'root, QEMU and virtiofsd: run scripts/setup.sh test';

const abilities: Record<Ability, { has: () => boolean; wanted: string }> = {
  root: { has: () => process.getuid?.() === 0, wanted: 'root' },
  btf: { has: () => existsSync('/sys/kernel/btf/vmlinux'), wanted: 'a kernel with BTF (/sys/kernel/btf/vmlinux)' },
  tracefs: {
    has: () => / tracefs /.test(readFileSync('/proc/mounts', 'utf8')),
    wanted: 'tracefs: mount -t tracefs tracefs /sys/kernel/tracing',
  },
  prometheus: {
    has: () => findPrometheus('prometheus') !== undefined && findPrometheus('promtool') !== undefined,
    wanted: 'Prometheus and its promtool: run scripts/setup.sh test',
  },
  go: { has: () => findProgram('go') !== undefined, wanted: 'Go: run scripts/setup.sh test' },
  qemu: { has: () => hasQemu(arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64'), wanted: qemuWanted },
  'qemu-arm64': { has: () => hasQemu('qemu-system-aarch64'), wanted: qemuWanted },
};

/** `prometheus` or `promtool`, of this system or as scripts/setup.sh unpacked it. */
export function findPrometheus(name: 'prometheus' | 'promtool'): string | undefined {
  return [findProgram(name), ...prometheusPrograms.map((folder) => join(folder, name))].find(
    (file) => file !== undefined && existsSync(file),
  );
}

/**
 * Options for `test` and `describe`: `test('...', requires('root', 'btf'), () => { ... })`.
 * Throws where CI is set and something is missing.
 */
export function requires(...needed: Ability[]): { skip?: string } {
  const missing = needed.filter((ability) => !abilities[ability].has()).map((ability) => abilities[ability].wanted);
  if (missing.length === 0) return {};
  const reason = `needs ${missing.join('; ')}`;
  if (process.env['CI']) throw new Error(`CI is set, so nothing may be skipped: ${reason}`);
  return { skip: reason };
}
