import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, lstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BpfObject, probeMapType } from '../../native/index.ts';
import { unifiedMount } from '../../src/cgroups.ts';
import { requires } from '../../test/support/abilities.ts';
import { CgroupIds, checkCgroupIdMap } from './cgroup-id-map.ts';

const SOURCE = join(import.meta.dirname, 'testdata/cgroup-ids.bpf.c');
const include = `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const bytes = (id: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(id).buffer);

/** What this kernel may not have is not compiled: an object loads whole. */
const hasStorage = process.getuid?.() === 0 && probeMapType('cgrp_storage');
const storage = hasStorage ? ['-DSTORAGE'] : [];

let folder: string;
let file: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cgroup-ids-'));
  file = join(folder, 'cgroup-ids.bpf.o');
  execFileSync('clang', ['-target', 'bpf', '-O2', '-g', ...storage, '-idirafter', include, '-c', SOURCE, '-o', file]);
});
after(() => rmSync(folder, { recursive: true }));

test('the map and the expressions are checked against the object', () => {
  const object = BpfObject.open(file);
  const cases: readonly (readonly [Parameters<typeof checkCgroupIdMap>[0], readonly string[]])[] = [
    [{ name: 'ids', type: 'hash', regexps: ['a'] }, []],
    [{ name: 'ids', type: 'cgrp_storage', regexps: ['a'] }, ['name: map "ids" is a hash: expected cgrp_storage']],
    [{ name: 'idz', type: 'hash', regexps: ['a'] }, ['name: the object has no map "idz"; did you mean "ids"?']],
    [{ name: 'ids', type: 'hash', regexps: ['a', '(?=b)'] }, ['regexps.1: "(?=b)": ']],
  ];
  for (const [config, expected] of cases) {
    const faults: string[] = [];
    checkCgroupIdMap(config, object.maps, (path, message) => faults.push(`${path.join('.')}: ${message}`));
    assert.equal(faults.length, expected.length, faults.join());
    faults.forEach((fault, i) => assert.ok(fault.startsWith(expected[i]), fault));
  }
  object.close();
});

describe('a loaded map', requires('root'), () => {
  const parent = join(unifiedMount() ?? '', `cgroup-ids-${process.pid}`);
  let object: BpfObject;
  const make = (name: string): bigint => {
    mkdirSync(join(parent, name));
    return lstatSync(join(parent, name), { bigint: true }).ino;
  };
  before(() => {
    object = BpfObject.open(file);
    object.load();
    mkdirSync(parent);
  });
  after(() => {
    object.close();
    rmdirSync(parent);
  });

  test('follows matching cgroups, and only these', () => {
    const ids = new CgroupIds(object, { name: 'ids', type: 'hash', regexps: ['/nothing$', `${parent}/yes-\\d+$`] });
    const known = (id: bigint): boolean => object.lookup('ids', bytes(id)) !== undefined;
    const [first, other] = [make('yes-1'), make('no-1')];
    ids.scan();
    assert.deepEqual([known(first), known(other)], [true, false]);
    assert.deepEqual(object.lookup('ids', bytes(first)), bytes(1n));
    const many = Array.from({ length: 1000 }, (_, i) => make(`yes-${i + 2}`));
    rmdirSync(join(parent, 'yes-1'));
    ids.scan();
    assert.equal(known(first), false, 'a cgroup that is gone is taken out');
    assert.ok(many.every(known), 'a thousand new ones are there after one walk');
    for (let i = 0; i < many.length; i++) rmdirSync(join(parent, `yes-${i + 2}`));
    rmdirSync(join(parent, 'no-1'));
    ids.scan();
    assert.equal(object.reader('ids').read().count, 0);
    assert.equal(ids.failed, 0);
  });

  test('follows by itself until it is stopped', async () => {
    const ids = new CgroupIds(object, { name: 'ids', type: 'hash', regexps: [`${parent}/`] });
    ids.follow();
    const id = make('late');
    for (let i = 0; i < 100 && object.lookup('ids', bytes(id)) === undefined; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.notEqual(object.lookup('ids', bytes(id)), undefined);
    ids.stop();
    rmdirSync(join(parent, 'late'));
    ids.scan();
  });

  test('takes out later what cannot be taken out now', () => {
    let refuses = true;
    const guarded = {
      update: object.update.bind(object),
      delete: (map: string, key: Uint8Array): boolean => {
        if (refuses) throw new Error('EPERM');
        return object.delete(map, key);
      },
    };
    const ids = new CgroupIds(guarded, { name: 'ids', type: 'hash', regexps: [`${parent}/`] });
    const id = make('stays');
    ids.scan();
    rmdirSync(join(parent, 'stays'));
    ids.scan();
    assert.notEqual(object.lookup('ids', bytes(id)), undefined);
    refuses = false;
    ids.scan();
    assert.equal(object.lookup('ids', bytes(id)), undefined);
  });

  test('counts each cgroup once that finds no room, and takes it when there is room', () => {
    const ids = new CgroupIds(object, { name: 'few_ids', type: 'hash', regexps: [`${parent}/`] });
    const names = ['a', 'b', 'c', 'd', 'e'];
    names.forEach(make);
    ids.scan();
    ids.scan();
    assert.equal(ids.failed, 3);
    for (const name of names.slice(0, 4)) rmdirSync(join(parent, name));
    ids.scan();
    assert.equal(object.reader('few_ids').read().count, 1);
    rmdirSync(join(parent, 'e'));
  });

  test('cgroup storage is set by descriptor, and each descriptor closed', { skip: !hasStorage }, () => {
    const ids = new CgroupIds(object, { name: 'storage', type: 'cgrp_storage', regexps: [`^${parent}(/\\d+)?/in$`] });
    make('in');
    make('out');
    const many = Array.from({ length: 1000 }, (_, i) => `${i}/in`);
    for (const name of many) mkdirSync(join(parent, name), { recursive: true });
    const descriptors = readdirSync('/proc/self/fd').length;
    ids.scan();
    assert.equal(readdirSync('/proc/self/fd').length, descriptors);
    const at = (name: string): Uint8Array | undefined => {
      const fd = openSync(join(parent, name), 'r');
      try {
        return object.lookup('storage', new Uint8Array(Uint32Array.of(fd).buffer));
      } finally {
        closeSync(fd);
      }
    };
    try {
      assert.deepEqual(at('in'), bytes(1n));
      assert.equal(at('out'), undefined);
      assert.ok(many.every((name) => at(name) !== undefined));
      assert.equal(ids.failed, 0);
    } finally {
      for (const name of many) rmdirSync(join(parent, name));
      for (const name of many) rmdirSync(dirname(join(parent, name)));
      rmdirSync(join(parent, 'in'));
      rmdirSync(join(parent, 'out'));
    }
  });
});
