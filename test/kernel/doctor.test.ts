// What `doctor` says of each program against what the agent then does: no hook promised that fails, none denied that
// works. Runs on this machine and, by the matrix, in each guest.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { requires } from '../support/abilities.ts';
import type { Ability } from '../support/abilities.ts';
import { repository } from '../support/agent.ts';
import type { Page, Sample } from '../support/page.ts';
import { agentFor, doctorSays } from './hook-agent.ts';
import { stateOf } from './hook.ts';
import { checkMetrics } from './promtool.ts';

const folder = join(repository, 'receivers/ebpf/programs');

/** State by program, from lines like `ok      program timers is active (timer_start=...)`. */
function promised(output: string): Map<string, string> {
  const lines = output.matchAll(/^(ok|MISSING)\s+program (\S+) is (\w+)/gm);
  return new Map([...lines].map(([, , name = '', state = '']) => [name, state]));
}

async function shipped(): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && entry.name !== 'include').map(({ name }) => name);
}

async function withAllHooks(use: (page: Page, logs: string) => Promise<void>): Promise<void> {
  const { agent, release } = await agentFor();
  try {
    await use(await agent.page(), agent.logs());
  } finally {
    await release();
  }
}

test('doctor agrees with the agent', requires('root', 'btf', 'tracefs'), async () => {
  const logs = await doctorSays();
  const found = promised(logs);
  await withAllHooks(async (page) => {
    for (const name of await shipped()) assert.equal(found.get(name), stateOf(page, name).state, `${name}\n${logs}`);
  });
});

test('all fourteen together: each state and each program told once, as 1', requires('root', 'btf'), async () => {
  await withAllHooks(async (page, logs) => {
    const names = await shipped();
    for (const name of names) assert.match(logs, new RegExp(`program ${name} (is|failed)`));
    const of = (metric: string, label: string, values: readonly string[]): Sample[] =>
      page.samples.filter(({ name, labels }) => name === metric && values.includes(labels.get(label) ?? ''));
    const programs = of('ebpf_exporter_ebpf_program_info', 'config', names);
    const ids = programs.map(({ labels }) => labels.get('id') ?? '');
    const told = [
      ...of('otelcol_receiver_ebpf_program_state', 'config', names),
      ...of('ebpf_exporter_enabled_configs', 'name', names),
      ...programs,
      ...of('ebpf_exporter_ebpf_program_attached', 'id', ids),
    ];
    assert.ok(names.length === 14 && told.length > 28);
    const odd = told
      .filter(({ value }) => value !== 1)
      .map(({ name, labels }) => `${name} ${JSON.stringify([...labels])}`);
    assert.deepEqual(odd, []);
  });
});

// In a guest HOOK_PAGE names a file for the page, which the host checks.
const checker: Ability[] = process.env['HOOK_PAGE'] === undefined ? ['prometheus'] : [];
test('config/all-hooks.yaml serves, a page that Prometheus accepts', requires('root', 'btf', ...checker), async () => {
  const { agent, release } = await agentFor();
  try {
    const page = await agent.page();
    for (const name of await shipped()) assert.notEqual(stateOf(page, name).state, 'failed', name);
    const text = await agent.scrape('text/plain');
    const file = process.env['HOOK_PAGE'];
    if (file === undefined) await checkMetrics(text);
    else await writeFile(file, text);
  } finally {
    await release();
  }
});
