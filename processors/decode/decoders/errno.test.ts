import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { it } from 'node:test';
import { textOf } from '../test-support.ts';
import { ERRNO } from './errno-table.ts';
import { errno } from './errno.ts';

const cases = [
  { in: '32', out: 'EPIPE' },
  { in: '11', out: 'EAGAIN' },
  { in: '35', out: 'EDEADLK' },
  { in: '95', out: 'ENOTSUP' },
  { in: '133', out: 'EHWPOISON' },
  { in: '0', out: 'unknown:0' },
  { in: '41', out: 'unknown:41' },
  { in: '512', out: 'unknown:512' },
  { in: '032', out: 'EPIPE' },
  { in: '18446744073709551615', out: 'unknown:18446744073709551615' },
  { in: '18446744073709551616', out: undefined },
  { in: '-1', out: undefined },
  { in: '', out: undefined },
  { in: '1e1', out: undefined },
];
for (const { in: input, out } of cases) it(`"${input}"`, () => assert.equal(textOf(errno, input), out));

it('agrees with the system on every number', () => {
  for (const [name, number] of Object.entries(constants.errno)) {
    const own = ERRNO.get(number) ?? '';
    assert.equal(constants.errno[own as keyof typeof constants.errno] ?? number, number, name);
    assert.notEqual(own, '', name);
  }
});
