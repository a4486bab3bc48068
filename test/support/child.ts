// A real program as a child process of a test: its output kept, its end awaited, never left behind.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Exit {
  /** Exit status, or null when a signal ended it. */
  status: number | null;
  signal: NodeJS.Signals | null;
  /** All of stdout and stderr, in the order of arrival. */
  logs: string;
}

export interface Child {
  pid: number;
  logs: () => string;
  /** Resolves when the process has ended and its output is read to the end. */
  exit: Promise<Exit>;
  /** Sends the signal; kills the process when it has not ended after `graceMs`. */
  stop: (signal?: NodeJS.Signals, graceMs?: number) => Promise<Exit>;
}

export interface ChildOptions {
  cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
}

/** Throws when the program cannot be started. */
export async function startChild(program: string, args: string[], options: ChildOptions = {}): Promise<Child> {
  const env = { ...process.env, ...options.env };
  const child = spawn(program, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const logs = (): string => Buffer.concat(chunks).toString();
  const exit = new Promise<Exit>((done) => {
    child.once('close', (status, signal) => done({ status, signal, logs: logs() }));
  });
  await new Promise<void>((started, failed) => child.once('spawn', started).once('error', failed));
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  void exit.then(() => process.off('exit', kill));
  return { pid: child.pid ?? 0, logs, exit, stop: (signal, graceMs) => stopChild(child, exit, signal, graceMs) };
}

/** How long an orderly end may take. Closing a uprobe waits for the kernel's RCU, on a busy machine for many seconds. */
const GRACE_MS = 60_000;

async function stopChild(
  child: ChildProcess,
  exit: Promise<Exit>,
  signal: NodeJS.Signals = 'SIGTERM',
  graceMs = GRACE_MS,
): Promise<Exit> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  return exit.finally(() => clearTimeout(timer));
}

/** A TCP port of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once('error', failed).listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Polls until `probe` answers other than undefined. Throws with `what` after `timeoutMs`; errors of `probe` count as no answer. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>, timeoutMs = 60_000): Promise<T> {
  const end = performance.now() + timeoutMs;
  let problem: unknown;
  while (performance.now() < end) {
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: problem });
}

/** `until`, for what a child does: fails at once, with the child's output, when the child has ended. */
export async function untilChild<T>(
  child: Child,
  what: string,
  probe: () => Promise<T | undefined>,
  timeoutMs?: number,
): Promise<T> {
  const ended = child.exit.then(({ status, signal, logs }) => {
    throw new Error(`${what}: the process ended (${status ?? signal}), having said:\n${logs}`);
  });
  return Promise.race([until(what, probe, timeoutMs), ended]).catch((error: unknown) => {
    if (error instanceof Error && !error.message.includes('having said')) error.message += `\n${child.logs()}`;
    throw error;
  });
}
