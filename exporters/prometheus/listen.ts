/** Listening on what an endpoint of the collector's language names. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Server } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const DESCRIPTOR = /^fd:\/\/(\d{1,6})$/;
/** The first descriptor that systemd passes: sd_listen_fds(3). */
const FIRST_SOCKET = 3;

export const isDescriptor = (endpoint: string): boolean => DESCRIPTOR.test(endpoint);

/** `localhost:9435`, `[::1]:9435`, `:9435`; an empty host is every interface. */
export function splitEndpoint(endpoint: string): Address {
  const colon = endpoint.lastIndexOf(':');
  return { host: endpoint.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(endpoint.slice(colon + 1)) };
}

export const isEveryInterface = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::';

/**
 * Listens on every address of the endpoint's name (`localhost` is 127.0.0.1 and ::1), each with a server of its own; on
 * the second and further ones only if they exist here. @throws Error that names the endpoint and the reason
 */
export async function listenAll(endpoint: string, makeServer: () => Server): Promise<Server[]> {
  if (isDescriptor(endpoint)) return [await listenOnDescriptor(endpoint, makeServer())];
  const { host, port } = splitEndpoint(endpoint);
  const servers: Server[] = [];
  try {
    for (const address of await addressesOf(host)) {
      const server = await listenOn(makeServer(), address, servers.length > 0 ? portOf(servers[0]) : port);
      if (server !== undefined) servers.push(server);
    }
    if (servers.length === 0) throw Object.assign(new Error(), { code: 'EADDRNOTAVAIL' });
    return servers;
  } catch (error) {
    for (const server of servers) server.close();
    throw new Error(`listen ${endpoint}: ${reason(error as NodeJS.ErrnoException)}`, { cause: error });
  }
}

/** What a server's URL has as host and port; of a Unix socket its path. */
export function shownAddress(endpoint: string, server: Server): { readonly shown: string; readonly open: boolean } {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return { shown: String(address), open: false };
  const host = isDescriptor(endpoint) ? address.address : splitEndpoint(endpoint).host;
  const open = isEveryInterface(host);
  return { shown: `${open ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${address.port}`, open };
}

export const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

async function addressesOf(host: string): Promise<(string | undefined)[]> {
  if (host === '') return [undefined];
  if (isIP(host.replace(/%.*$/, '')) !== 0) return [host];
  // RFC 6761, 6.3: always the loopback. A container may have no /etc/hosts to say so.
  if (host.toLowerCase() === 'localhost') return ['127.0.0.1', '::1'];
  return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))];
}

/**
 * `fd://0` is the first socket that systemd passed to this process, as in ebpf_exporter; where it passed none, the descriptor 0
 * itself, and so on with `fd://1`.
 */
function descriptorOf(endpoint: string, env: NodeJS.ProcessEnv = process.env): number {
  const number = Number(DESCRIPTOR.exec(endpoint)?.[1]);
  const passed = env.LISTEN_PID === String(process.pid) ? Number(env.LISTEN_FDS ?? 0) : 0;
  return number < passed ? FIRST_SOCKET + number : number;
}

function listenOnDescriptor(endpoint: string, server: Server): Promise<Server> {
  const fd = descriptorOf(endpoint);
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const failed = (cause: NodeJS.ErrnoException): void => {
    const wanted = `descriptor ${fd} is not a socket that listens; start it by a systemd socket unit`;
    reject(new Error(`listen ${endpoint}: ${wanted} (${cause.code ?? cause.message})`, { cause }));
  };
  server.once('error', failed);
  server.listen({ fd }, () => {
    server.off('error', failed);
    resolve(server);
  });
  return promise;
}

/** Resolves to nothing where this machine does not have the address (IPv6 switched off). */
function listenOn(server: Server, host: string | undefined, port: number): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  const failed = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(undefined);
    else reject(error);
  };
  server.once('error', failed);
  server.listen({ host, port }, () => {
    server.off('error', failed);
    resolve(server);
  });
  return promise;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use (another agent, or ebpf_exporter?)',
  EADDRNOTAVAIL: 'this machine does not have that address',
  EACCES: 'permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
};

const reason = (error: NodeJS.ErrnoException): string => REASONS[error.code ?? ''] ?? error.message;
