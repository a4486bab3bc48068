// A Go toolchain for the peers that tests build from source. A Go from 1.21 on fetches the version that a module
// wants by itself; an older one (Debian 12 has 1.19) is used to fetch a newer one, which comes as a Go module.
import { execFile } from 'node:child_process';
import { chmod, glob } from 'node:fs/promises';
import { arch } from 'node:process';
import { promisify } from 'node:util';
import { findProgram } from './abilities.ts';

const run = promisify(execFile);

export interface Go {
  program: string;
  env: NodeJS.ProcessEnv;
}

/** `version` as in `1.25.0`: the oldest that will do. Needs `requires('go')`. */
export async function setUpGo(version: string): Promise<Go> {
  const program = findProgram('go');
  if (program === undefined) throw new Error('no go: run scripts/setup.sh test');
  const env = { ...process.env, GOTOOLCHAIN: 'auto', GOFLAGS: '-p=2' };
  const { stdout } = await run(program, ['env', 'GOVERSION'], { env });
  const [, minor = '0'] = /^go1\.(\d+)/.exec(stdout) ?? [];
  return Number(minor) >= 21 ? { program, env } : fetchToolchain(program, version, env);
}

async function fetchToolchain(program: string, version: string, env: NodeJS.ProcessEnv): Promise<Go> {
  const toolchain = `golang.org/toolchain@v0.0.1-go${version}.linux-${arch === 'arm64' ? 'arm64' : 'amd64'}`;
  const { stdout } = await run(program, ['mod', 'download', '-json', toolchain], { env });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  // A module's files are not executable and read-only; its programs must be the former.
  for await (const file of glob(['bin/*', 'pkg/tool/*/*'], { cwd: Dir })) await chmod(`${Dir}/${file}`, 0o555);
  return { program: `${Dir}/bin/go`, env: { ...env, GOROOT: Dir, PATH: `${Dir}/bin:${env['PATH'] ?? ''}` } };
}
