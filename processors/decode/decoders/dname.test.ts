import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textOf } from '../test-support.ts';
import { dname } from './dname.ts';

const cases = [
  { name: 'a name', in: '\x07example\x03com\0', out: 'example.com.' },
  { name: 'a name in a larger field', in: '\x07example\x03com\0\0\0\0', out: 'example.com.' },
  { name: 'leftovers after the root label', in: '\x01a\0\x03xyz', out: 'a.' },
  { name: 'the root alone', in: '\0', out: '.' },
  { name: 'the root in a larger field', in: '\0\0\0', out: '.' },
  { name: 'nothing', in: '', out: '.' },
  { name: 'one label', in: '\x09localhost\0', out: 'localhost.' },
  { name: 'after "string": no root label', in: '\x07example\x03com', out: 'example.com' },
  { name: 'cut short', in: '\x07example\x03co', out: '\x07example\x03co' },
  { name: 'cut short after a length', in: '\x01a\x05', out: '\x01a\x05' },
  { name: 'compressed', in: '\x01a\xc0\x0c', out: Buffer.from('\x01a\xc0\x0c', 'latin1').toString() },
  { name: 'reserved length 64', in: `\x40${'a'.repeat(64)}\0`, out: `\x40${'a'.repeat(64)}\0` },
  { name: 'the longest label', in: `\x3f${'a'.repeat(63)}\0`, out: `${'a'.repeat(63)}.` },
];
for (const { name, in: input, out } of cases) {
  it(name, () => assert.equal(textOf(dname, Buffer.from(input, 'latin1')), out));
}
