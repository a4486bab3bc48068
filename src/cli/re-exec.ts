/** Node's settings that must be there before it starts. Imports nothing of the project: it runs first. */
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** --expose-gc: the receiver collects once when things have settled. */
const FLAGS = ['--max-semi-space-size=4', '--v8-pool-size=1', '--expose-gc'];
/** glibc's arenas per thread keep freed memory; the agent's threads hardly allocate at once. */
const MALLOC = { MALLOC_ARENA_MAX: '1' };
/** Set in the environment of the last restart, so that there is no further one. */
const RESTARTED = 'EBPF_OTEL_AGENT_RESTARTED';
/** Node's type stripper: some 30 MiB that stay once it has been loaded. */
const STRIPPER = 'NativeModule internal/deps/amaro/dist/index';

/**
 * Replaces this process (same pid) by one with a compile cache, so that types are not stripped anew, and a small young
 * generation. Returns when that is already so, or where it can't be done: the agent runs all the same, in more memory.
 */
export function reExecute(root: string, script: string, args: readonly string[]): void {
  const { env, execArgv, execPath } = process;
  if (env.NODE_COMPILE_CACHE !== undefined || env.NODE_DISABLE_COMPILE_CACHE !== undefined) return;
  const cache = cacheFolder(root);
  if (cache === undefined || process.execve === undefined) return;
  process.execve(execPath, [execPath, ...execArgv, ...FLAGS, script, ...args], {
    ...MALLOC,
    ...env,
    NODE_COMPILE_CACHE: cache,
  });
}

/**
 * To be called when everything is imported and nothing started: a process that had to fill the compile cache, as after
 * an update, is replaced by one that finds it filled. At most once.
 */
export function restartWithWarmCache(script: string, args: readonly string[]): void {
  const { env, execArgv, execPath } = process;
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  const cold = moduleLoadList.includes(STRIPPER);
  if (!cold || env.NODE_COMPILE_CACHE === undefined || env[RESTARTED] !== undefined) return;
  if (env.NODE_DISABLE_COMPILE_CACHE !== undefined || process.execve === undefined) return;
  flushCompileCache();
  process.execve(execPath, [execPath, ...execArgv, script, ...args], { ...env, [RESTARTED]: '1' });
}

/** A folder that nobody else can write code into. */
function cacheFolder(root: string): string | undefined {
  const name = `ebpf-otel-agent-${process.getuid?.()}`;
  return [join(root, 'node_modules/.cache/ebpf-otel-agent'), join(tmpdir(), name)].find(isOwnFolder);
}

function isOwnFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}
