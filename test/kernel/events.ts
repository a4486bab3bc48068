// Runs event programs: each prints one line of JSON about the event that it made happen.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixtures } from './fixtures.ts';

const run = promisify(execFile);

export async function eventProgram(name: string): Promise<string> {
  return join(await fixtures(), 'events', name);
}

/** Runs to the end and returns what the program says. Throws when it fails. */
export async function runEvent<T extends object>(name: string, ...args: (string | number)[]): Promise<T> {
  const { stdout } = await run(await eventProgram(name), args.map(String));
  return JSON.parse(stdout) as T;
}

/** Runs a program that the kernel is to kill. Throws when it ends otherwise. */
export async function runVictim(name: string, ...args: string[]): Promise<void> {
  const killed = await run(await eventProgram(name), args).then(
    () => false,
    (error: { signal?: string }) => error.signal === 'SIGKILL',
  );
  if (!killed) throw new Error(`${name} was not killed`);
}
