/**
 * Who answers on an endpoint. After a reload the new exporter takes the listener over from the old one, with its connections, so
 * that no scrape is refused; when the new agent fails to start, the old exporter answers again.
 */
import type { Server as NetServer } from 'node:net';
import type { PrometheusConfig } from './config.ts';
import { isDescriptor } from './listen.ts';
import type { Handlers } from './server.ts';
import { PageServer, sameServer } from './server.ts';

export interface Claim {
  readonly config: PrometheusConfig;
  readonly handlers: Handlers;
  /** Of the agent: see Settings. Within one generation an endpoint belongs to one exporter. */
  readonly generation: number;
}

interface Endpoint {
  readonly endpoint: string;
  /** Oldest first; the last one answers. */
  readonly claims: Claim[];
  server: PageServer;
}

const endpoints = new Set<Endpoint>();

/** @throws Error when the endpoint can't be listened on; whoever answered before then still does. */
export async function claim(next: Claim): Promise<readonly NetServer[]> {
  const { endpoint } = next.config;
  const taken = [...endpoints].find(
    ({ endpoint: other, claims }) =>
      other === endpoint && claims.every(({ generation }) => generation < next.generation),
  );
  if (taken === undefined) {
    const server = new PageServer(next.config, next.handlers);
    const listening = await server.listen();
    endpoints.add({ endpoint, claims: [next], server });
    return listening;
  }
  const listening = await answerWith(taken, next);
  taken.claims.push(next);
  return listening;
}

/** Without effect when the endpoint was not claimed, or no longer is. */
export async function release(last: Claim): Promise<void> {
  for (const taken of endpoints) {
    const at = taken.claims.indexOf(last);
    if (at < 0) continue;
    taken.claims.splice(at, 1);
    const heir = taken.claims.at(-1);
    if (heir === undefined) {
      endpoints.delete(taken);
      await taken.server.close();
    } else if (at === taken.claims.length) await answerWith(taken, heir);
  }
}

/** The listener goes on unless TLS or timeouts are others than before: then there is a new one, after the old one is closed. */
async function answerWith(taken: Endpoint, next: Claim): Promise<readonly NetServer[]> {
  const { server } = taken;
  if (sameServer(server.config, next.config)) {
    server.handOver(next.handlers);
    return server.listening;
  }
  if (isDescriptor(taken.endpoint)) {
    throw new Error(`${taken.endpoint}: a socket from outside keeps its TLS and timeouts until a restart`);
  }
  await server.close();
  try {
    taken.server = new PageServer(next.config, next.handlers);
    return await taken.server.listen();
  } catch (error) {
    taken.server = server;
    await server.listen();
    throw error;
  }
}
