/** Addresses of kernel symbols by name, for `kaddrs`. */
import { readFileSync } from 'node:fs';

/** Undefined when /proc/kallsyms has no such symbol, or shows addresses as 0 (no CAP_SYSLOG, kptr_restrict). */
export function kernelAddress(symbol: string): bigint | undefined {
  const line = new RegExp(`^([0-9a-f]+) \\w ${symbol.replace(/[^\w.$]/g, '')}$`, 'm').exec(
    readFileSync('/proc/kallsyms', 'latin1'),
  );
  const address = line === null ? 0n : BigInt(`0x${line[1]}`);
  return address === 0n ? undefined : address;
}
