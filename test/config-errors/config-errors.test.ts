// Wrong configs and exactly what is said of them: each folder has config.yaml (or arguments.txt) and expected.txt. With
// UPDATE_GOLDEN=1 the expectations are written anew, to be read before they are committed.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCli } from '../../src/cli/cli.ts';
import { components } from '../../src/components.ts';
import { startChild } from '../support/child.ts';

const folder = import.meta.dirname;
const repository = join(folder, '../..');
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Holds the port that `run-port-in-use` wants. */
const squatter = createServer();
let port = 0;
before(async () => {
  await new Promise<void>((listening) => squatter.listen(0, '127.0.0.1', listening));
  ({ port } = squatter.address() as AddressInfo);
});
after(() => squatter.close());

interface Result {
  readonly status: number | null;
  /** What a user is told; paths are as in the case's folder. */
  readonly said: string;
}

const withoutPaths = (text: string): string => text.replaceAll(repository, 'REPOSITORY');

/** In this process, for speed: `validate` has no state. */
async function inProcess(args: readonly string[], cwd: string): Promise<Result> {
  const home = process.cwd();
  process.chdir(cwd);
  let said = '';
  try {
    const status = await runCli(args, {
      components: async () => Promise.resolve(components),
      doctor: async () => Promise.reject(new Error('not used')),
      host: async () => Promise.reject(new Error('not used')),
      beforeStart: () => assert.fail('validate starts nothing'),
      env: {},
      cwd,
      out: (text) => void (said += text),
      err: (text) => void (said += text),
    });
    return { status, said: withoutPaths(said) };
  } finally {
    process.chdir(home);
  }
}

/** The real thing. Of log lines only errors count, without time and stack. */
async function asChild(args: readonly string[], cwd: string): Promise<Result> {
  const env = { PORT: String(port), BACKEND: undefined, METRICS_PORT: undefined };
  const { exit } = await startChild(process.execPath, [join(repository, 'src/main.ts'), ...args], { cwd, env });
  const { status, logs } = await exit;
  const lines = logs.replaceAll(String(port), 'PORT').split('\n');
  const told = lines.filter((line) => !/^\d{4}-\S+\t(info|warn|debug)\t|^\s+at /.test(line));
  return { status, said: withoutPaths(told.map((line) => line.replace(/^\d{4}-\S+\t/, '')).join('\n')) };
}

describe('wrong configs', () => {
  for (const name of names) {
    test(name, async () => {
      const cwd = join(folder, name);
      const file = join(cwd, 'arguments.txt');
      const args = existsSync(file)
        ? readFileSync(file, 'utf8').trim().split('\n')
        : ['validate', '--config', 'config.yaml'];
      const { status, said } = await (args[0] === 'run' ? asChild : inProcess)(args, cwd);
      const expected = join(cwd, 'expected.txt');
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(expected, said);
      assert.equal(said, readFileSync(expected, 'utf8'));
      assert.equal(status, 1);
    });
  }
  test('there are at least thirty', () => assert.ok(names.length >= 30));
});

describe('through the real command line', () => {
  for (const name of ['many-at-once', 'variable-unset', 'program-size-against-btf']) {
    test(name, async () => {
      const cwd = join(folder, name);
      const { status, said } = await asChild(['validate', '--config', 'config.yaml'], cwd);
      assert.equal(said, readFileSync(join(cwd, 'expected.txt'), 'utf8'));
      assert.equal(status, 1);
    });
  }
});
