import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textOf, u32, u64 } from '../test-support.ts';
import { uint } from './uint.ts';

const cases = [
  { name: 'u8', in: Uint8Array.of(255), out: '255' },
  { name: 'u16', in: new Uint8Array(Uint16Array.of(0xbeef).buffer), out: '48879' },
  { name: 'u32', in: u32(0xffffffff), out: '4294967295' },
  { name: 'u64 zero', in: u64(0n), out: '0' },
  { name: 'u64 above 2^32', in: u64(0x1_0000_0001n), out: '4294967297' },
  { name: 'the largest double that is exact', in: u64(2n ** 53n - 1n), out: '9007199254740991' },
  { name: 'the first one that is not', in: u64(2n ** 53n), out: '9007199254740992' },
  { name: 'one more', in: u64(2n ** 53n + 1n), out: '9007199254740993' },
  { name: 'u64 max', in: u64(2n ** 64n - 1n), out: '18446744073709551615' },
  { name: 'three bytes', in: Uint8Array.of(1, 2, 3), out: undefined },
  { name: 'nothing', in: new Uint8Array(0), out: undefined },
  { name: 'sixteen bytes', in: u64(1n, 0n), out: undefined },
  { name: 'two characters of the decoder before', in: '01', out: String(0x3130) },
];
for (const { name, in: input, out } of cases) it(name, () => assert.equal(textOf(uint, input), out));

it('agrees with BigInt for all sizes of numbers', () => {
  for (let bits = 0n; bits < 64n; bits++) {
    for (const value of [1n << bits, (1n << bits) - 1n, (1n << bits) + 12345n]) {
      assert.equal(textOf(uint, u64(value)), BigInt.asUintN(64, value).toString());
    }
  }
});
