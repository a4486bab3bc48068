import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkDecoders, compileRegexp } from './decoder-specs.ts';
import type { DecoderSpec } from './metric-batch.ts';

const uint = { name: 'uint' };
interface Case {
  readonly name: string;
  readonly size?: number;
  readonly decoders: readonly DecoderSpec[];
  /** One expression per fault; none: the chain is right. */
  readonly faults?: readonly RegExp[];
}
const cases: readonly Case[] = [
  { name: 'uint', size: 8, decoders: [uint] },
  { name: 'uint + cgroup', size: 8, decoders: [uint, { name: 'cgroup' }] },
  { name: 'uint of three bytes', size: 3, decoders: [uint], faults: [/uint takes 1, 2, 4 or 8 bytes, got size 3/] },
  { name: 'a size that BTF will tell', decoders: [uint, { name: 'cgroup' }] },
  {
    name: 'a size that BTF will tell, unknown decoder',
    decoders: [{ name: 'unit' }],
    faults: [/unknown decoder "unit"; did you mean "uint"\?/],
  },
  {
    name: 'nothing near',
    size: 4,
    decoders: [{ name: 'kubernetes' }],
    faults: [/unknown decoder "kubernetes"; decoders: cgroup, dname/],
  },
  {
    name: 'names of every object',
    size: 4,
    decoders: [{ name: 'constructor' }],
    faults: [/unknown decoder "constructor"/],
  },
  { name: 'no decoders', size: 4, decoders: [], faults: [/label "x" has no decoders/] },
  {
    name: 'ksym on four bytes',
    size: 4,
    decoders: [{ name: 'ksym' }],
    faults: [/ksym needs 8 bytes, but "x" has size 4/],
  },
  { name: 'kstack', size: 1016, decoders: [{ name: 'kstack' }] },
  { name: 'kstack on half a frame', size: 12, decoders: [{ name: 'kstack' }], faults: [/multiple of 8/] },
  {
    name: 'majorminor on two bytes',
    size: 2,
    decoders: [{ name: 'majorminor' }],
    faults: [/majorminor needs 4 bytes/],
  },
  { name: 'inet_ip of any size', size: 5, decoders: [{ name: 'inet_ip' }] },
  { name: 'cgroup without uint', size: 8, decoders: [{ name: 'cgroup' }], faults: [/put "uint" before it/] },
  { name: 'errno on text', size: 8, decoders: [{ name: 'string' }, { name: 'errno' }] },
  { name: 'static_map', size: 4, decoders: [uint, { name: 'static_map', static_map: { '0': 'read' } }] },
  {
    name: 'static_map without a map',
    size: 4,
    decoders: [uint, { name: 'static_map' }],
    faults: [/static_map needs a "static_map"/],
  },
  {
    name: 'static_map with an empty one',
    size: 4,
    decoders: [{ name: 'static_map', static_map: {} }],
    faults: [/needs/],
  },
  { name: 'regexp', size: 4, decoders: [{ name: 'string' }, { name: 'regexp', regexps: ['^a(b)', 'c'] }] },
  { name: 'regexp without regexps', size: 4, decoders: [{ name: 'regexp' }], faults: [/needs a list "regexps"/] },
  {
    name: 'two groups',
    size: 4,
    decoders: [{ name: 'regexp', regexps: ['(a)(b)'] }],
    faults: [/"\(a\)\(b\)" has 2 groups/],
  },
  { name: 'groups that do not capture', size: 4, decoders: [{ name: 'regexp', regexps: ['(?:a)(?:b)(c)'] }] },
  {
    name: 'a bad expression',
    size: 4,
    decoders: [{ name: 'regexp', regexps: ['a(', 'ok'] }],
    faults: [/"a\(": .*missing closing/],
  },
  {
    name: 'a back-reference',
    size: 4,
    decoders: [{ name: 'regexp', regexps: ['(a)\\1'] }],
    faults: [/invalid escape/],
  },
  {
    name: 'every fault at once',
    size: 3,
    decoders: [uint, { name: 'regexp', regexps: ['('] }, { name: 'static_map' }, { name: 'hexx' }],
    faults: [/got size 3/, /missing closing/, /static_map needs/, /did you mean "hex"/],
  },
];
for (const { name, size, decoders, faults = [] } of cases) {
  it(name, () => {
    const found = checkDecoders({ name: 'x', size, decoders });
    assert.equal(found.length, faults.length, found.join('\n'));
    faults.forEach((fault, i) => assert.match(found[i], fault));
  });
}

it('compiles with what it is given', () => {
  const label = { name: 'x', decoders: [{ name: 'regexp', regexps: ['a'] }] };
  assert.match(checkDecoders(label, () => assert.fail('as given'))[0], /as given/);
});

it('finds the group, or the match', () => {
  assert.equal(compileRegexp('b(.)').find('abc'), 'c');
  assert.equal(compileRegexp('b.').find('abc'), 'bc');
  assert.equal(compileRegexp('^b').find('abc'), undefined);
});
