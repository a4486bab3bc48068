/** Node's settings that must be there before it starts. Imports nothing of the project: it runs first. */
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SEMI_SPACE_MIB = 4;

/**
 * Replaces this process (same pid) by one with a compile cache, so that types are not stripped anew, and a small young
 * generation. Returns when that is already so, or where it can't be done: the agent runs all the same, in more memory.
 */
export function reExecute(root: string, script: string, args: readonly string[]): void {
  const { env, execArgv, execPath } = process;
  if (env.NODE_COMPILE_CACHE !== undefined || env.NODE_DISABLE_COMPILE_CACHE !== undefined) return;
  const cache = cacheFolder(root);
  if (cache === undefined || process.execve === undefined) return;
  const flags = [`--max-semi-space-size=${SEMI_SPACE_MIB}`];
  process.removeAllListeners('warning');
  process.execve(execPath, [execPath, ...execArgv, ...flags, script, ...args], { ...env, NODE_COMPILE_CACHE: cache });
}

/** A folder that nobody else can write code into. */
function cacheFolder(root: string): string | undefined {
  const candidates = [
    join(root, 'node_modules/.cache/ebpf-otel-agent'),
    join(tmpdir(), `ebpf-otel-agent-${process.getuid?.()}`),
  ];
  return candidates.find(isOwnFolder);
}

function isOwnFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    const { uid, mode } = lstatSync(folder);
    return lstatSync(folder).isDirectory() && uid === process.getuid?.() && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}
