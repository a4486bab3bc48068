/** Capabilities of this process, by the names of capabilities(7). */
import { readFileSync } from 'node:fs';
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

/**
 * Every thread of this process, and what they start, loses all other capabilities for good. Those to keep must be there.
 * @throws Error when one is not, or when a thread could not be reached: then some may have lost theirs
 */
export function keepCapabilities(names: readonly string[]): void {
  const kept = names.reduce((mask, name) => mask | (1n << BigInt(NAMES.indexOf(name))), 0n);
  const permitted = BigInt(`0x${/^CapPrm:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const lacking = names.filter((name) => ((permitted >> BigInt(NAMES.indexOf(name))) & 1n) === 0n);
  if (lacking.length > 0) throw new Error(`this process does not have ${lacking.join(', ')}`);
  addon.keepCapabilities(kept);
}
