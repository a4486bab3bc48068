import assert from 'node:assert/strict';
import { it } from 'node:test';
import { textOf } from '../test-support.ts';
import { staticMap } from './static-map.ts';

const map = { '0': 'read', '01': 'odd', é: 'accent' };
const cases = [
  { name: 'known', in: '0', out: 'read' },
  { name: 'keys are text: 01 is not 1', in: '1', out: 'unknown:1' },
  { name: 'keys keep their zeros', in: '01', out: 'odd' },
  { name: 'bytes are taken as text', in: Buffer.from('é'), out: 'accent' },
  { name: 'names of every object are not keys', in: 'constructor', out: 'unknown:constructor' },
  { name: 'nothing', in: '', out: 'unknown:' },
  { name: 'allow_unknown', in: '7', allow_unknown: true, out: '7' },
  { name: 'allow_unknown, known', in: '0', allow_unknown: true, out: 'read' },
];
for (const { name, in: input, out, allow_unknown } of cases) {
  it(name, () => assert.equal(textOf(staticMap, input, undefined, { static_map: map, allow_unknown }), out));
}

it('needs a map', () => assert.throws(() => textOf(staticMap, '0'), /no map/));
