import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeWith, textOf } from '../test-support.ts';
import { regexp } from './regexp.ts';

const cases = [
  { name: 'found anywhere: the match', regexps: ['s.d'], in: 'systemd-udevd sad', out: 'sad' },
  { name: 'its group', regexps: ['^/system.slice/([^/]+)'], in: '/system.slice/ssh.service/x', out: 'ssh.service' },
  { name: 'a group that took no part', regexps: ['a(b)?'], in: 'ac', out: '' },
  { name: 'a group that does not capture', regexps: ['a(?:b|c)'], in: 'ac', out: 'ac' },
  { name: 'a named group', regexps: ['(?P<x>b+)'], in: 'abbc', out: 'bb' },
  { name: 'the first that matches wins', regexps: ['x', 'b', '.*'], in: 'abc', out: 'b' },
  { name: 'none: left out', regexps: ['x', '^b'], in: 'abc', out: null },
  { name: 'an empty match is a match', regexps: ['x*'], in: 'abc', out: '' },
  { name: 'leftmost, preferring the first', regexps: ['a|ab'], in: 'ab', out: 'a' },
  { name: 'a dot is no newline', regexps: ['^a.b$'], in: 'a\nb', out: null },
  { name: 'bytes as text', regexps: ['é+'], in: Buffer.from('caféé'), out: 'éé' },
];
for (const { name, regexps, in: input, out } of cases) {
  it(name, () => assert.equal(textOf(regexp, input, undefined, { regexps }), out));
}

it('cleans bytes before it searches', () => {
  const decoded = decodeWith(regexp, Uint8Array.of(0x61, 0xff), undefined, { regexps: ['^a.$'] });
  assert.deepEqual(decoded, { text: 'a\ufffd', unsettled: false, cleaned: true });
});

it('stays linear where backtracking does not end', () => {
  const text = `${'a'.repeat(5000)}!`;
  assert.equal(textOf(regexp, text, undefined, { regexps: ['^(?:a+)+$', '^(?:a|aa)+$'] }), null);
});

it('refuses what is not RE2', () => {
  assert.throws(() => textOf(regexp, 'x', undefined, { regexps: ['(a)\\1'] }));
});
