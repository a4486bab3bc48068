import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { Host } from '../host/host.ts';
import { decodeWith, LogLines, testHost, textOf, u32 } from '../test-support.ts';
import { ifname } from './ifname.ts';

it('names interfaces by index', (t) => {
  const { host } = testHost(t, { 'sys/class/net/lo/ifindex': '1\n', 'sys/class/net/ens10/ifindex': '4097\n' });
  assert.equal(textOf(ifname, u32(1), host), 'lo');
  assert.equal(textOf(ifname, u32(4097), host), 'ens10');
  assert.deepEqual(decodeWith(ifname, u32(3), host), { text: 'unknown:3', unsettled: true, cleaned: false });
  assert.equal(textOf(ifname, u32(0xffffffff), host), 'unknown:4294967295');
  assert.equal(textOf(ifname, new Uint8Array(2), host), undefined);
});

it('finds one that comes later, and keeps the name of one that goes', (t) => {
  const { host, clock, write, remove } = testHost(t, { 'sys/class/net/lo/ifindex': '1\n' });
  assert.equal(textOf(ifname, u32(2), host), 'unknown:2');
  write('sys/class/net/eth0/ifindex', '2\n');
  clock.ms += 60_000;
  host.begin();
  assert.equal(textOf(ifname, u32(2), host), 'eth0');
  remove('sys/class/net/eth0');
  clock.ms += 60_000;
  host.begin();
  assert.equal(textOf(ifname, u32(9), host), 'unknown:9');
  assert.equal(textOf(ifname, u32(2), host), 'eth0');
});

it('knows the loopback of this machine', () => {
  const host = new Host({ rootPath: '', unknownCgroups: 'id' }, new LogLines());
  const index = Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8'));
  assert.equal(textOf(ifname, u32(index), host), 'lo');
});
