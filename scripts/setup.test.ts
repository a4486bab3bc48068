import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { requires } from '../test/support/abilities.ts';

const setup = join(import.meta.dirname, 'setup.sh');
const nobody = 65534;

interface Said {
  status: number | null;
  stdout: string;
  stderr: string;
}

function runSetup(...args: string[]): Said {
  return spawnSync('/bin/bash', [setup, ...args], { encoding: 'utf8' });
}

describe('setup.sh', () => {
  // A copy that anyone may read, and a PATH with what it calls itself, but none of what it looks for.
  let bare: string;
  const runAsNobody = (): Said => {
    const options = { cwd: bare, env: { ...process.env, PATH: bare }, uid: nobody, encoding: 'utf8' } as const;
    return spawnSync('/bin/bash', [join(bare, 'scripts/setup.sh'), 'run'], options);
  };
  before(() => {
    bare = mkdtempSync(join(tmpdir(), 'setup-'));
    for (const name of ['dirname', 'grep', 'id', 'sed', 'sort', 'uname', 'apt-get']) {
      symlinkSync(`/usr/bin/${name}`, join(bare, name));
    }
    mkdirSync(join(bare, 'scripts'));
    copyFileSync(setup, join(bare, 'scripts/setup.sh'));
    chmodSync(bare, 0o755);
  });
  after(() => rmSync(bare, { recursive: true }));

  it('says nothing when there is nothing to do', () => {
    assert.deepEqual(
      [runSetup('test'), runSetup('run')].map(({ status, stdout, stderr }) => [status, stdout, stderr]),
      [
        [0, '', ''],
        [0, '', ''],
      ],
    );
  });

  it('refuses an unknown mode', () => {
    const { status, stderr } = runSetup('fly');
    assert.equal(status, 1);
    assert.equal(stderr, "setup: unknown mode 'fly': run or test\n");
  });

  it('tells who is not root what to install, and installs nothing', requires('root'), () => {
    const { status, stderr } = runAsNobody();
    assert.equal(status, 1);
    assert.match(stderr, /Install them with: sudo apt-get install --no-install-recommends nodejs npm make g\+\+ clang/);
  });

  it('tells a system without apt what to install', requires('root'), () => {
    rmSync(join(bare, 'apt-get'));
    const { status, stderr } = runAsNobody();
    assert.equal(status, 1);
    assert.match(stderr, /not Debian or Ubuntu.* nodejs npm make g\+\+ clang/);
  });
});
