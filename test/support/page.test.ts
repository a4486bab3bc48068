import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePage } from './page.ts';

const good = [
  { name: 'nothing', in: '', out: [] },
  { name: 'a bare value', in: 'up 1\n', out: [['up{}', 1]] },
  { name: 'labels in any order are one series', in: 'a{y="2",x="1"} 3\n', out: [['a{x="1",y="2"}', 3]] },
  { name: 'escapes', in: String.raw`a{x="q\"b\\n\n"} 1` + '\n', out: [[String.raw`a{x="q\"b\\n\n"}`, 1]] },
  {
    name: 'special values',
    in: 'a +Inf\nb -Inf\nc NaN\nd 1.5e-05\n',
    out: [
      ['a{}', Infinity],
      ['b{}', -Infinity],
      ['c{}', NaN],
      ['d{}', 1.5e-5],
    ],
  },
  {
    name: 'a histogram is one family',
    in: '# HELP h x\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 2\nh_count 1\n',
    out: [
      ['h_bucket{le="+Inf"}', 1],
      ['h_sum{}', 2],
      ['h_count{}', 1],
    ],
  },
];

for (const { name, in: text, out } of good) {
  test(name, () => assert.deepEqual([...parsePage(text).series], out));
}

const bad = [
  { name: 'no last line feed', in: 'up 1', message: /line feed/ },
  { name: 'a name with a dot', in: 'a.b 1\n', message: /line 1: not a value/ },
  { name: 'the same series twice', in: 'a{x="1"} 1\na{x="1"} 2\n', message: /line 2: the same series twice/ },
  { name: 'a label twice', in: 'a{x="1",x="2"} 1\n', message: /label x twice/ },
  { name: 'an unescaped quote', in: 'a{x="""} 1\n', message: /not a label/ },
  { name: 'an unknown escape', in: String.raw`a{x="\t"} 1` + '\n', message: /not a label/ },
  { name: 'a value in hex', in: 'a 0x1\n', message: /not a value/ },
  { name: 'two spaces', in: 'a  1\n', message: /not a value/ },
  { name: 'an unknown type', in: '# TYPE a info\n', message: /unknown type/ },
  { name: 'a second TYPE', in: '# TYPE a gauge\n# TYPE a gauge\n', message: /a second TYPE/ },
  { name: 'a TYPE after samples', in: 'a 1\n# TYPE a gauge\n', message: /after samples/ },
  { name: 'a family in two places', in: 'a 1\nb 1\na{x="1"} 1\n', message: /do not stand together/ },
  { name: 'another sample after a TYPE', in: '# TYPE a gauge\nb 1\n', message: /expected a sample of a/ },
  { name: 'a bucket without le', in: '# TYPE h histogram\nh_bucket 1\n', message: /without le/ },
];

for (const { name, in: text, message } of bad) {
  test(`refuses ${name}`, () => assert.throws(() => parsePage(text), { message }));
}
