import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const script = `import { requires } from '${join(import.meta.dirname, 'abilities.ts')}';
  console.log(JSON.stringify(requires(...process.argv.slice(1))));`;

/** A process that finds neither programs in PATH nor what set-up put into the cache folder. */
function ask(needed: string[], env: Record<string, string>): { stdout: string; stderr: string; status: number | null } {
  const bare = { PATH: '', XDG_CACHE_HOME: join(tmpdir(), 'no-such-cache'), ...env };
  const args = ['--input-type=module-typescript', '-e', script, ...needed];
  return spawnSync(process.execPath, args, { env: bare, encoding: 'utf8' });
}

const cases = [
  { name: 'nothing needed', needed: [], env: {}, skip: undefined },
  {
    name: 'missing: skipped with what to do',
    needed: ['prometheus'],
    env: {},
    skip: /^needs Prometheus and its promtool: run scripts/,
  },
];

for (const { name, needed, env, skip } of cases) {
  test(name, () => {
    const answer = JSON.parse(ask(needed, env).stdout) as { skip?: string };
    if (skip === undefined) assert.deepEqual(answer, {});
    else assert.match(answer.skip ?? '', skip);
  });
}

test('missing where CI is set: a failure, not a skip', () => {
  const { status, stderr } = ask(['prometheus'], { CI: 'true' });
  assert.equal(status, 1);
  assert.match(stderr, /CI is set, so nothing may be skipped: needs Prometheus/);
});
