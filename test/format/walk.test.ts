// docs/programs.md done as it says: its files written, its commands run, its query asked. Only the port is another.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import { repository } from '../support/agent.ts';
import { freePort, startChild, untilChild } from '../support/child.ts';
import { parsePage, seriesKey } from '../support/page.ts';
import { startPrometheus } from '../support/prometheus.ts';

const run = promisify(execFile);

interface Block {
  language: string;
  text: string;
}

async function blocks(port: number): Promise<Block[]> {
  const page = await readFile(join(repository, 'docs/programs.md'), 'utf8');
  const fenced = page.replaceAll(':9435', `:${port}`).matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return Array.from(fenced, ([, language, text]) => ({ language, text }));
}

/** Blocks that begin with a comment that is a file's name. */
async function writeFiles(folder: string, all: Block[]): Promise<string[]> {
  const names: string[] = [];
  for (const { text } of all) {
    const name = /^(?:#|\/\/) ([\w.]+)\n/.exec(text)?.[1];
    if (name === undefined) continue;
    await writeFile(join(folder, name), text);
    names.push(name);
  }
  return names;
}

async function starts(url: string): Promise<number> {
  const page = parsePage(await (await fetch(url)).text());
  return page.series.get(seriesKey('ebpf_exporter_execs_total', [['comm', 'true']])) ?? 0;
}

test('from an empty folder to a graph', requires('root', 'btf', 'prometheus'), async (t) => {
  const [folder, port] = [await mkdtemp(join(tmpdir(), 'walk-')), await freePort()];
  t.after(async () => rm(folder, { recursive: true }));
  const all = await blocks(port);
  assert.deepEqual(await writeFiles(folder, all), ['execs.bpf.c', 'execs.yaml', 'agent.yaml']);
  const [compile, validate, start, look] = all.filter(({ language }) => language === 'sh').map(({ text }) => text);
  const env = { ...process.env, AGENT: repository, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
  const shell = async (command: string): Promise<string> =>
    (await run('sh', ['-ec', command], { cwd: folder, env })).stdout;
  await shell(compile);
  await shell(validate);
  const agent = await startChild('sh', ['-c', `exec ${start}`], { cwd: folder, env });
  const url = `http://localhost:${port}/metrics`;
  try {
    const before = await untilChild(agent, 'the agent serves', async () => starts(url));
    for (let i = 0; i < 5; i++) await run('true');
    assert.ok((await starts(url)) - before >= 5);
    assert.match(await shell(look), /^ebpf_exporter_execs_total\{comm="true"\} \d+$/m);
    await graph(port, all);
  } finally {
    await agent.stop();
  }
});

async function graph(port: number, all: Block[]): Promise<void> {
  const query = all.find(({ language }) => language === 'promql')?.text.trim() ?? '';
  const prometheus = await startPrometheus(`127.0.0.1:${port}`);
  try {
    const names = await prometheus.answers(query);
    assert.ok(names.some(({ labels }) => labels.get('comm') === 'true'));
  } finally {
    await prometheus.stop();
  }
}
