// The real agent, as its users start it: `node src/main.ts run --config FILE`, on a free port of the loopback.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, startChild, untilChild } from './child.ts';
import type { Child, Exit } from './child.ts';
import { parsePage } from './page.ts';
import type { Page } from './page.ts';

export const repository = resolve(import.meta.dirname, '../..');

export interface AgentOptions {
  /** More arguments of `run`. */
  args?: string[];
  env?: Record<string, string | undefined>;
  /** Path that answers when the agent serves; null: don't wait for one. */
  path?: string | null;
  timeoutMs?: number;
}

export interface Agent {
  port: number;
  /** Of the metrics page. */
  url: string;
  pid: number;
  logs: () => string;
  /** The page as text; throws unless it is answered with 200. */
  scrape: (accept?: string) => Promise<string>;
  /** The page in text 0.0.4, parsed. */
  page: () => Promise<Page>;
  exit: Promise<Exit>;
  stop: Child['stop'];
}

/** Writes what `config` makes of the port into a file of its own, starts the agent with it, waits until it serves. */
export async function startAgent(config: (port: number) => string, options: AgentOptions = {}): Promise<Agent> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  const file = join(folder, 'config.yaml');
  await writeFile(file, config(port));
  const child = await runAgent(['run', '--config', file, ...(options.args ?? [])], options.env);
  void child.exit.then(() => rm(folder, { recursive: true, force: true }));
  const url = `http://127.0.0.1:${port}${options.path ?? '/metrics'}`;
  const scrape = async (accept?: string): Promise<string> => get(url, accept);
  if (options.path !== null) await served(child, url, options.timeoutMs);
  return { port, url, ...child, scrape, page: async () => parsePage(await scrape('text/plain;version=0.0.4')) };
}

/** Any of the agent's commands, as a child process. */
export async function runAgent(args: string[], env?: AgentOptions['env']): Promise<Child> {
  return startChild(process.execPath, [join(repository, 'src/main.ts'), ...args], { cwd: repository, env });
}

async function served(child: Child, url: string, timeoutMs?: number): Promise<void> {
  const answered = async (): Promise<true> => get(url).then(() => true);
  await untilChild(child, `the agent answers ${url}`, answered, timeoutMs).catch(async (error: unknown) => {
    await child.stop('SIGKILL');
    throw error;
  });
}

async function get(url: string, accept?: string): Promise<string> {
  const response = await fetch(url, { headers: accept === undefined ? {} : { accept } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET ${url}: ${response.status} ${text.slice(0, 500)}`);
  return text;
}
