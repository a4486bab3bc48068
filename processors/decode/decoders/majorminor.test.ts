import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeWith, testHost, textOf, u32 } from '../test-support.ts';
import { majorminor } from './majorminor.ts';

const PARTITIONS = `major minor  #blocks  name

   8        0  488386584 sda
   8        1     524288 sda1
 259        0 1000204632 nvme0n1
 254     1048575  268435456 vda
4095     1048575          1 last
`;
/** The kernel's new_encode_dev. */
const encode = (major: number, minor: number): Uint8Array =>
  u32(((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0);

const cases = [
  { name: 'a disk', in: encode(8, 0), out: 'sda' },
  { name: 'a partition', in: encode(8, 1), out: 'sda1' },
  { name: 'a major above 255', in: encode(259, 0), out: 'nvme0n1' },
  { name: 'a minor above 255', in: encode(254, 1048575), out: 'vda' },
  { name: 'all bits', in: u32(0xffffffff), out: 'last' },
  { name: 'more than four bytes', in: Uint8Array.of(...encode(8, 1), 9, 9, 9, 9), out: 'sda1' },
  { name: 'unknown', in: encode(8, 300), out: 'unknown:8:300', unsettled: true },
  { name: 'none', in: u32(0), out: 'unknown:0:0', unsettled: true },
  { name: 'two bytes', in: new Uint8Array(2), out: undefined },
];
for (const { name, in: input, out, unsettled = false } of cases) {
  it(name, (t) => {
    const { host } = testHost(t, { 'proc/partitions': PARTITIONS });
    assert.deepEqual(decodeWith(majorminor, input, host), { text: out, unsettled, cleaned: false });
  });
}

it('finds a disk that is plugged in later', (t) => {
  const { host, clock, write } = testHost(t, { 'proc/partitions': PARTITIONS });
  assert.equal(textOf(majorminor, encode(8, 16), host), 'unknown:8:16');
  write('proc/partitions', `${PARTITIONS}   8       16  488386584 sdb\n`);
  clock.ms += 60_000;
  host.begin();
  assert.equal(textOf(majorminor, encode(8, 16), host), 'sdb');
});
