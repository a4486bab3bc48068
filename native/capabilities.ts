/** Capabilities of this process, by the names of capabilities(7). */
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { addon } from './addon.ts';

/** In the order of their numbers in linux/capability.h. */
const NAMES =
  `chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
  net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot
  sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog
  wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore`
    .split(/\s+/)
    .map((name) => `cap_${name}`);

/** `cap_syslog,cap_bpf` or `none`. @throws Error that names what is no capability */
export function parseCapabilities(text: string): readonly string[] {
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return names;
  const near = NAMES.includes(`cap_${unknown}`) ? `; did you mean cap_${unknown}?` : '';
  throw new Error(`expected all, none or capabilities such as cap_syslog,cap_bpf, got "${unknown}"${near}`);
}

/** Why maps that are open could not be read without the others; since Linux 5.19 that takes no capability. */
export function mapsUnreadable(kept: readonly string[], kernel: string, disabled: number): string | undefined {
  const [major, minor] = kernel.split(/\D/).map(Number);
  const reads = major > 5 || (major === 5 && minor >= 19) || disabled === 0;
  const needed = major === 5 && minor < 8 ? ['cap_sys_admin'] : ['cap_bpf', 'cap_sys_admin'];
  if (reads || kept.some((name) => needed.includes(name))) return undefined;
  return `Linux ${kernel} with kernel.unprivileged_bpf_disabled=${disabled} reads maps only with ${needed[0]}: keep it too`;
}

const bpfDisabled = (): number => {
  const file = '/proc/sys/kernel/unprivileged_bpf_disabled';
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
};

/**
 * Every thread of this process, and what they start, loses all other capabilities for good. Those to keep must be there.
 * @throws Error when one is not, when maps could not be read without the others, or when a thread could not be reached: then some may have lost theirs
 */
export function keepCapabilities(names: readonly string[]): void {
  const kept = names.reduce((mask, name) => mask | (1n << BigInt(NAMES.indexOf(name))), 0n);
  const permitted = BigInt(`0x${/^CapPrm:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const lacking = names.filter((name) => ((permitted >> BigInt(NAMES.indexOf(name))) & 1n) === 0n);
  if (lacking.length > 0) throw new Error(`this process does not have ${lacking.join(', ')}`);
  const unreadable = mapsUnreadable(names, release(), bpfDisabled());
  if (unreadable !== undefined) throw new Error(unreadable);
  addon.keepCapabilities(kept);
}
