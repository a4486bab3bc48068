import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeWith, testHost, u64 } from '../test-support.ts';
import { kstack } from './kstack.ts';

const KALLSYMS = `ffffffff81000000 T first
ffffffff81000100 T second
ffffffffc0000000 t of_module	[m]
`;
const cases = [
  { name: 'inside and at', in: u64(0xffffffff81000042n, 0xffffffff81000100n, 0n), out: 'first\nsecond' },
  { name: 'up to the first 0', in: u64(0xffffffff81000001n, 0n, 0xffffffff81000100n), out: 'first' },
  { name: 'no 0 at the end', in: u64(0xffffffffc0000001n), out: 'of_module' },
  { name: 'no frames', in: u64(0n, 0n), out: '' },
  { name: 'nothing', in: new Uint8Array(0), out: '' },
  { name: 'below all', in: u64(0xffffffff80000000n, 0xffffffff81000000n), out: '??\nfirst', unsettled: true },
  { name: 'not whole frames', in: new Uint8Array(12), out: undefined },
];
for (const { name, in: input, out, unsettled = false } of cases) {
  it(name, (t) => {
    const { host } = testHost(t, { 'proc/kallsyms': KALLSYMS });
    assert.deepEqual(decodeWith(kstack, input, host), { text: out, unsettled, cleaned: false });
  });
}
