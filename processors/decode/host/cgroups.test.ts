import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { testHost } from '../test-support.ts';
import { onlyOne, readCgroups } from './cgroups.ts';

it('v1 alone: paths below each mount', (t) => {
  const mountinfo = `33 31 0:30 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
38 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`;
  const files = { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/systemd/a/x': '', 'sys/fs/cgroup/memory/b/x': '' };
  const { root } = testHost(t, files);
  const id = (path: string): string => String(lstatSync(join(root, path)).ino);
  const names = readCgroups(root);
  assert.equal(names.get(id('sys/fs/cgroup/systemd/a')), '/sys/fs/cgroup/systemd/a');
  assert.equal(names.get(id('sys/fs/cgroup/memory/b')), '/sys/fs/cgroup/memory/b');
});

it('v2 beside v1: v2 alone', (t) => {
  const mountinfo = `32 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
38 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n`;
  const files = { 'proc/1/mountinfo': mountinfo, 'sys/fs/cgroup/unified/a/x': '', 'sys/fs/cgroup/memory/b/x': '' };
  const names = [...readCgroups(testHost(t, files).root).values()];
  assert.deepEqual(names, ['/sys/fs/cgroup/unified', '/sys/fs/cgroup/unified/a']);
});

it('a number that means different cgroups in different hierarchies means none', () => {
  const memory = new Map([
    ['1', ''],
    ['5', '/docker/abc'],
    ['6', '/x'],
    ['7', '/only-here'],
  ]);
  const cpu = new Map([
    ['1', ''],
    ['5', '/docker/abc'],
    ['6', '/y/x'],
  ]);
  const pids = new Map([['6', '/x']]);
  const names = onlyOne([
    { shown: '/memory', paths: memory },
    { shown: '/cpu', paths: cpu },
    { shown: '/pids', paths: pids },
  ]);
  assert.deepEqual(
    [...names],
    [
      ['1', '/memory'],
      ['5', '/memory/docker/abc'],
      ['7', '/memory/only-here'],
    ],
  );
});
