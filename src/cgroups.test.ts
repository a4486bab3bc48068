import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { parseMountinfo, readTree } from './cgroups.ts';

const V2 =
  '29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot';
const HYBRID = `25 30 0:22 / /sys rw,nosuid - sysfs sysfs rw
31 25 0:28 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755
32 31 0:29 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw
33 31 0:30 / /sys/fs/cgroup/systemd rw,nosuid shared:11 - cgroup cgroup rw,xattr,name=systemd
38 31 0:35 / /sys/fs/cgroup/memory rw,nosuid shared:16 - cgroup cgroup rw,memory`;
const CONTAINER = `700 680 0:26 /../../.. /host/sys/fs/cgroup ro - cgroup2 cgroup2 rw
701 690 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw`;

const cases = [
  { name: 'v2', in: V2, out: [{ point: '/sys/fs/cgroup', version: 2 }] },
  {
    name: 'hybrid',
    in: HYBRID,
    out: [
      { point: '/sys/fs/cgroup/unified', version: 2 },
      { point: '/sys/fs/cgroup/systemd', version: 1 },
      { point: '/sys/fs/cgroup/memory', version: 1 },
    ],
  },
  {
    name: 'a part of the hierarchy comes last',
    in: CONTAINER,
    out: [
      { point: '/sys/fs/cgroup', version: 2 },
      { point: '/host/sys/fs/cgroup', version: 2 },
    ],
  },
  {
    name: 'a space in the path, and no optional fields',
    in: '1 2 0:1 / /my\\040cgroups rw - cgroup2 none rw',
    out: [{ point: '/my cgroups', version: 2 }],
  },
  { name: 'none', in: '31 25 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro', out: [] },
  { name: 'nothing', in: '', out: [] },
];
for (const { name, in: text, out } of cases) it(name, () => assert.deepEqual(parseMountinfo(text), out));

it('reads ids and paths of a tree; what is no directory is none', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cgroups-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  writeFileSync(join(folder, 'a/cgroup.procs'), '');
  const id = (path: string): string => String(lstatSync(join(folder, path)).ino);
  assert.deepEqual(
    [...readTree(folder)],
    [
      [id(''), ''],
      [id('a'), '/a'],
      [id('a/b'), '/a/b'],
    ],
  );
  assert.deepEqual([...readTree(join(folder, 'none'))], []);
});
