// The agent of a hook's test: with one program, or, where SHARED_AGENT is set, one agent with all of them for all tests of
// this process. Guests are so slow that each start counts.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { repository, runAgent, startAgent } from '../support/agent.ts';
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

/** With what the hooks watch, which is found by name, first in PATH. */
async function environment(): Promise<{ PATH: string }> {
  const folders = [join(await fixtures(), 'events'), process.env['FORMAT_PROGRAMS'], process.env['PATH']];
  return { PATH: folders.filter((folder) => folder !== undefined).join(':') };
}

async function startHook(hook: string): Promise<Agent> {
  const folder = join(await fixtures(), 'programs');
  return startAgent((port) => hookConfig([hook], folder, port), { env: await environment(), timeoutMs });
}

/** All hook points as a user starts them, with `more`, a config in YAML, laid over config/all-hooks.yaml. */
export async function startAllHooks(more = '{}'): Promise<Agent> {
  const config = await readFile(join(repository, 'config/all-hooks.yaml'), 'utf8');
  return startAgent((port) => config.replace(/\$\{env:PORT[^}]*\}/, String(port)), {
    args: ['--config', `yaml:${more}`],
    env: await environment(),
    timeoutMs,
  });
}

/** Beside the hook points the variants of llcstat and, in a guest, the programs of the format's test. */
async function startShared(): Promise<Agent> {
  const folders: Record<string, [folder: string | undefined, programs: string[]]> = {
    'ebpf/variants': [join(await fixtures(), 'programs'), ['llcstat-software', 'llcstat-hardware']],
    'ebpf/format': [process.env['FORMAT_PROGRAMS'], ['decoders', 'kinds', 'sections']],
  };
  const receivers = Object.entries(folders).flatMap(([id, [folder, programs]]) =>
    folder === undefined ? [] : [[id, { config_dir: folder, programs }] as const],
  );
  const names = ['ebpf', ...receivers.map(([id]) => id)];
  const service = { pipelines: { metrics: { receivers: names } } };
  return startAllHooks(JSON.stringify({ receivers: Object.fromEntries(receivers), service }));
}

let said: Promise<string> | undefined;

/** What `doctor` says of this machine; once in this process. */
export async function doctorSays(): Promise<string> {
  said ??= environment()
    .then(async (env) => runAgent(['doctor'], env))
    .then(async (doctor) => (await doctor.exit).logs);
  return said;
}

let shared: Promise<Agent> | undefined;

/** With the hook's program at least; without `hook` with all. */
export async function agentFor(hook?: string): Promise<LentAgent> {
  if (process.env['SHARED_AGENT'] === undefined) {
    const agent = await (hook === undefined ? startAllHooks() : startHook(hook));
    return { agent, release: async () => void (await agent.stop()) };
  }
  // First, as it promises what then happens; and what it has compiled the agent need not compile again.
  shared ??= doctorSays().then(startShared);
  return { agent: await shared, release: async () => {} };
}

after(async () => {
  if (shared !== undefined) await (await shared).stop();
});
