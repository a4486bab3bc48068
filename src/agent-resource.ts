/** What the agent says of itself before any detector has run: `service.*` (OpenTelemetry resource semantic conventions). */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import { crypto } from './node-builtins.ts';

export const SERVICE_NAME = 'ebpf-otel-agent';
/** Namespace for `service.instance.id` that the semantic conventions set aside for UUIDs v5. */
const NAMESPACE = '4d63009a8d0f11ee9aad4c796ed8e320';

/** `service.instance.id` is the same after a restart on the same machine (or container), as series identity wants it. */
export function agentResource(version: string, overrides: Attributes): Attributes {
  const defaults = {
    'service.name': SERVICE_NAME,
    'service.version': version,
    'service.instance.id': uuidV5(`${machineId()}.${hostname()}`),
  };
  return { ...defaults, ...overrides };
}

function machineId(): string {
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id', '/proc/sys/kernel/random/boot_id']) {
    const id = readOrEmpty(file);
    if (id !== '') return id;
  }
  return '';
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/** RFC 9562, 5.5. */
function uuidV5(name: string): string {
  const bytes = crypto.createHash('sha1').update(Buffer.from(NAMESPACE, 'hex')).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x50;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
