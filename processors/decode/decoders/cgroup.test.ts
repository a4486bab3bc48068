import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { unifiedMount } from '../../../src/cgroups.ts';
import { Host } from '../host/host.ts';
import { decodeWith, LogLines, testHost, textOf } from '../test-support.ts';
import { cgroup } from './cgroup.ts';

const MOUNTINFO = '30 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';

it('names what it finds below the mount, and asks again for the rest', (t) => {
  const { host, root, write } = testHost(t, { 'proc/1/mountinfo': MOUNTINFO, 'sys/fs/cgroup/a.slice/b.service/x': '' });
  const id = (path: string): string => String(lstatSync(join(root, 'sys/fs/cgroup', path)).ino);
  assert.equal(textOf(cgroup, id('a.slice/b.service'), host), '/sys/fs/cgroup/a.slice/b.service');
  assert.equal(textOf(cgroup, Buffer.from(id('')), host), '/sys/fs/cgroup');
  assert.deepEqual(decodeWith(cgroup, '0', host), { text: 'unknown_cgroup_id:0', unsettled: true, cleaned: false });
  assert.equal(textOf(cgroup, 'x', host), undefined);
  assert.equal(textOf(cgroup, new Uint8Array(8), host), undefined);
  write('sys/fs/cgroup/a.slice/late/x', '');
  assert.match(textOf(cgroup, id('a.slice/late'), host) ?? '', /^unknown_cgroup_id:/);
});

it('adds up unknown ones when it is told to', (t) => {
  const { host } = testHost(t, { 'proc/1/mountinfo': MOUNTINFO }, { unknownCgroups: 'collapse' });
  assert.equal(textOf(cgroup, '7', host), 'unknown_cgroup_id');
});

const isRoot = process.getuid?.() === 0;
const mount = unifiedMount();
const skip = isRoot && mount !== undefined ? false : 'needs root and a cgroup v2 mount';

describe('cgroups of this machine', { skip }, () => {
  const top = mount ?? '';

  it('has the root at id 1', () => {
    const host = new Host({ rootPath: '', unknownCgroups: 'id' }, new LogLines());
    assert.equal(textOf(cgroup, '1', host), top);
    assert.match(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(` ${top} .* - cgroup2 `));
  });

  it('names one that was made later, and keeps its name when it is gone', () => {
    const clock = { ms: 0 };
    const host = new Host({ rootPath: '', unknownCgroups: 'id' }, new LogLines(), () => clock.ms);
    assert.equal(textOf(cgroup, '1', host), top);
    const [parent, child] = [join(top, `decode-${process.pid}`), join(top, `decode-${process.pid}`, 'child')];
    mkdirSync(child, { recursive: true });
    const id = String(lstatSync(child, { bigint: true }).ino);
    clock.ms += 10_000;
    host.begin();
    assert.equal(textOf(cgroup, id, host), child);
    rmdirSync(child);
    rmdirSync(parent);
    clock.ms += 100_000;
    host.begin();
    assert.equal(textOf(cgroup, '999999999999', host), 'unknown_cgroup_id:999999999999');
    assert.equal(textOf(cgroup, id, host), child);
  });
});
