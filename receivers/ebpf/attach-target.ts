/**
 * Why a hook is not there. What this kernel lacks as a whole is asked of BTF and tracefs before a program is loaded; the
 * rest is tried, and the error told in words. Never decided by version numbers: distributions backport.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { BpfError } from '../../native/index.ts';
import { btfHasFunction, btfHasTracepoint } from '../../native/index.ts';

export interface Refusal {
  /** `absent`: hook, hardware or file is not there. `failed`: it should have worked. */
  readonly state: 'absent' | 'failed';
  /** One line that a user understands. */
  readonly reason: string;
  /** The file whose appearance would change it, as the section names it. */
  readonly file?: string;
}

const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];
const KPROBE_PMU = '/sys/bus/event_source/devices/kprobe/type';

/** Kinds of programs that this kernel refused as such: not tried again, since each try reads the kernel's BTF. */
const refusedKinds = new Map<string, string>();

/** Why a program of this SEC() can't attach here, as far as that can be told without loading it. */
export function missingTarget(section: string): string | undefined {
  const kind = section.slice(0, section.indexOf('/') >>> 0);
  const target = section.slice(kind.length + 1);
  if (refusedKinds.has(kind)) return refusedKinds.get(kind);
  if (kind === 'tp' || kind === 'tracepoint') return missingTracepoint(target);
  if (kind === 'tp_btf')
    return btfHasTracepoint(target) === false ? `this kernel has no tracepoint ${target}` : undefined;
  if (kind === 'kprobe' || kind === 'kretprobe')
    return existsSync(KPROBE_PMU) ? undefined : 'this kernel is built without kprobes';
  if (kind === 'fentry' || kind === 'fexit')
    return btfHasFunction(target) === false ? `this kernel has no function ${target}` : undefined;
  return undefined;
}

function missingTracepoint(target: string): string | undefined {
  const tracefs = TRACEFS.find((folder) => existsSync(`${folder}/events`));
  if (tracefs === undefined) return 'tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing';
  return existsSync(`${tracefs}/events/${target}`) ? undefined : `this kernel has no tracepoint ${target}`;
}

/** The error of a load or an attach, told for the user of a program. */
export function explain(error: BpfError, section: string): Refusal {
  const kind = section.split('/')[0];
  const target = section.slice(kind.length + 1);
  if (error.operation === 'load') return explainLoad(error, kind, target);
  if (kind === 'perf_event' && ['ENOENT', 'ENODEV', 'EOPNOTSUPP'].includes(error.code)) {
    return {
      state: 'absent',
      reason: `no hardware performance counters for ${target} (${error.code}): virtual machines mostly have none`,
    };
  }
  if (/^(u(ret)?probe|usdt)/.test(kind) && error.code === 'ENOENT')
    return { state: 'absent', reason: `${target} is not on this machine`, file: fileOf(kind, target) };
  if (kind === 'usdt' && error.code === 'EOPNOTSUPP') {
    const reason = `this kernel has no BPF cookies, which usdt in a position-independent file (${target}) needs`;
    return { state: 'absent', reason };
  }
  if (/^k(ret)?probe/.test(kind) && error.code === 'ENOENT')
    return { state: 'absent', reason: `this kernel has no function ${target}` };
  if (error.code === 'EPERM') return { state: 'failed', reason: denied(`attach to ${section}`) };
  return { state: 'failed', reason: error.message };
}

/** `usdt/FILE:PROVIDER:NAME`, `uprobe/FILE:FUNCTION`. */
const fileOf = (kind: string, target: string): string =>
  kind === 'usdt' ? target.split(':', 1)[0] : target.slice(0, target.lastIndexOf(':') >>> 0);

function explainLoad(error: BpfError, kind: string, target: string): Refusal {
  const trampoline = kind === 'fentry' || kind === 'fexit' || kind === 'tp_btf';
  if (trampoline && /find.*BTF.*(-3|ESRCH|-2)|failed to find kernel BTF type/.test(error.log)) {
    return { state: 'absent', reason: `this kernel has no ${kind === 'tp_btf' ? 'tracepoint' : 'function'} ${target}` };
  }
  if (error.code === 'EPERM' && trampoline && hasBpfCapabilities()) {
    const lockdown = lockdownMode() === 'none' ? '' : `: lockdown is ${lockdownMode()}`;
    const reason = `this kernel refuses ${kind} programs (EPERM)${lockdown}`;
    refusedKinds.set(kind, reason);
    return { state: 'absent', reason };
  }
  if (error.code === 'EPERM') return { state: 'failed', reason: denied(`load a ${kind} program`) };
  return { state: 'failed', reason: error.message };
}

/** What stands behind an EPERM, most likely first. */
function denied(what: string): string {
  const lockdown = lockdownMode();
  if (process.getuid?.() !== 0 && !hasBpfCapabilities())
    return `not allowed to ${what}: needs root, or CAP_BPF and CAP_PERFMON`;
  if (lockdown !== 'none') return `not allowed to ${what}: kernel lockdown is ${lockdown}`;
  return `not allowed to ${what}: the kernel, a security module or a container's seccomp profile refuses it (EPERM)`;
}

const CAP_SYS_ADMIN = 1n << 21n;
const CAP_PERFMON_AND_BPF = (1n << 38n) | (1n << 39n);

function hasBpfCapabilities(): boolean {
  const effective = BigInt(`0x${/CapEff:\s*(\w+)/.exec(readOrEmpty('/proc/self/status'))?.[1] ?? '0'}`);
  return (effective & CAP_SYS_ADMIN) !== 0n || (effective & CAP_PERFMON_AND_BPF) === CAP_PERFMON_AND_BPF;
}

/** `none`, `integrity` or `confidentiality`. */
export function lockdownMode(): string {
  return /\[(\w+)\]/.exec(readOrEmpty('/sys/kernel/security/lockdown'))?.[1] ?? 'none';
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
