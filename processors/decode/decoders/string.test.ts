import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeWith } from '../test-support.ts';
import { string } from './string.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const cases = [
  { name: 'up to the first NUL', in: bytes('ab\0cd\0'), out: 'ab' },
  { name: 'no NUL', in: bytes('abcd'), out: 'abcd' },
  { name: 'NUL first', in: bytes('\0ab'), out: '' },
  { name: 'nothing', in: bytes(''), out: '' },
  { name: 'UTF-8', in: Buffer.from('naïve 🙂\0'), out: 'naïve 🙂' },
  { name: 'not UTF-8', in: bytes('a\xffb'), out: 'a\ufffdb', cleaned: true },
  { name: 'UTF-8 cut short by the size', in: Buffer.from('é').subarray(0, 1), out: '\ufffd', cleaned: true },
  { name: 'a surrogate half in UTF-8', in: bytes('\xed\xa0\x80'), out: '\ufffd\ufffd\ufffd', cleaned: true },
  { name: 'U+FFFD itself is no cleaning', in: Buffer.from('\ufffd'), out: '\ufffd' },
  { name: 'bytes after the NUL do not count', in: bytes('ok\0\xff'), out: 'ok' },
];
for (const { name, in: input, out, cleaned = false } of cases) {
  it(name, () => assert.deepEqual(decodeWith(string, input), { text: out, unsettled: false, cleaned }));
}
