// The agent of a hook's test: with one program, or, where SHARED_AGENT is set, one agent with all of them for all tests of
// this process. Guests are so slow that each start counts.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import { fixtures } from './fixtures.ts';

/** An agent under emulation, on a machine with other work. */
const timeoutMs = 300_000;

export interface LentAgent {
  agent: Agent;
  release: () => Promise<void>;
}

/** The agent's config with these programs and nothing else, on the loopback. */
export function hookConfig(programs: string[], folder: string, port: number): string {
  return `receivers: { ebpf: { programs: [${programs.join(', ')}], config_dir: ${folder} } }
processors: { decode: }
exporters:
  prometheus:
    endpoint: 127.0.0.1:${port}
    namespace: ebpf_exporter
    add_metric_suffixes: false
    without_scope_info: true
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`;
}

/** Starts the agent with programs of the fixtures' folder; all of them when none is named. */
export async function startHooks(programs?: string[]): Promise<Agent> {
  const built = await fixtures();
  const folder = join(built, 'programs');
  const names = programs ?? (await readdir(folder)).sort();
  const env = { PATH: `${join(built, 'events')}:${process.env['PATH'] ?? ''}` };
  return startAgent((port) => hookConfig(names, folder, port), { env, timeoutMs });
}

let shared: Promise<Agent> | undefined;

/** With the hook's program at least; without `hook` with all. */
export async function agentFor(hook?: string): Promise<LentAgent> {
  if (process.env['SHARED_AGENT'] === undefined) {
    const agent = await startHooks(hook === undefined ? undefined : [hook]);
    return { agent, release: async () => void (await agent.stop()) };
  }
  shared ??= startHooks();
  return { agent: await shared, release: async () => {} };
}

after(async () => {
  if (shared !== undefined) await (await shared).stop();
});
