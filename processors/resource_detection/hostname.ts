/** The name of this host by the sources that the config lists. */
import { lookup, lookupService, resolveCname } from 'node:dns/promises';
import { hostname } from 'node:os';
import type { HostnameSource } from './config.ts';

/** The first source's answer that is a name. Failures of sources are not errors: the next one is asked. */
export async function hostName(sources: readonly HostnameSource[]): Promise<string | undefined> {
  for (const source of sources) {
    const name = await ask(source).catch(() => undefined);
    if (name !== undefined && name !== '') return name;
  }
  return undefined;
}

async function ask(source: HostnameSource): Promise<string | undefined> {
  const name = hostname();
  if (source === 'os') return name;
  if (source === 'cname') return (await resolveCname(name)).at(0);
  const { address } = await lookup(name);
  const { hostname: found } = await lookupService(address, 0);
  // The name of a loopback address, or an address without a name, says nothing of the host.
  return found === 'localhost' || found === address ? undefined : found.replace(/\.$/, '');
}
