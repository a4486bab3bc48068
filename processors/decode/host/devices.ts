/** Names of block devices and network interfaces by number. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `MAJOR:MINOR` to name. @param root prefix of `/proc`; '' for this host. */
export function readPartitions(root: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const line of readOrEmpty(join(root || '/', 'proc/partitions')).split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields.length === 4 && /^\d+$/.test(fields[0])) names.set(`${fields[0]}:${fields[1]}`, fields[3]);
  }
  return names;
}

/** Interface index to name, of the network namespace that sysfs was mounted in. */
export function readInterfaces(root: string): ReadonlyMap<string, string> {
  const folder = join(root || '/', 'sys/class/net');
  const names = new Map<string, string>();
  for (const name of listOrEmpty(folder)) {
    const index = readOrEmpty(join(folder, name, 'ifindex')).trim();
    if (index !== '') names.set(index, name);
  }
  return names;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function listOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
