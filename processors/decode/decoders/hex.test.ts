import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textOf } from '../test-support.ts';
import { hex } from './hex.ts';

const cases = [
  { name: 'lower case, leading zeros', in: Uint8Array.of(0, 0x0a, 0xff), out: '000aff' },
  { name: 'nothing', in: new Uint8Array(0), out: '' },
  { name: 'text by its UTF-8 bytes', in: 'é', out: 'c3a9' },
  { name: 'a view into a key', in: Uint8Array.of(1, 2, 3, 4).subarray(1, 3), out: '0203' },
];
for (const { name, in: input, out } of cases) it(name, () => assert.equal(textOf(hex, input), out));
