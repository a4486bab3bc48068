import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Rereader } from './rereader.ts';

/** Asks for keys in collections at given times; `took`: how long a reading takes. @returns the times that it read. */
function readings(steps: readonly (readonly [ms: number, ...keys: string[]])[], took = 0): number[] {
  const times: number[] = [];
  let now = 0;
  const rereader = new Rereader(() => now);
  for (const [ms, ...keys] of steps) {
    now = ms;
    rereader.begin();
    for (const key of keys) {
      rereader.missed(key, () => {
        times.push(ms);
        now += took;
      });
    }
  }
  return times;
}

const cases = [
  { name: 'one reading serves a collection', steps: [[0, 'a', 'b', 'c']], out: [0] },
  {
    name: 'a new key is read for',
    steps: [
      [0, 'a'],
      [1000, 'b'],
    ],
    out: [0, 1000],
  },
  {
    name: 'not more often than each second',
    steps: [
      [0, 'a'],
      [999, 'b'],
      [1000, 'b'],
    ],
    out: [0, 1000],
  },
  {
    name: 'a key that was not there is read for seldom',
    steps: [
      [0, 'a'],
      [5000, 'a'],
      [59_999, 'a'],
      [60_000, 'a'],
    ],
    out: [0, 60_000],
  },
  {
    name: 'so is one that another was read for',
    steps: [
      [0, 'a', 'b'],
      [5000, 'b'],
    ],
    out: [0],
  },
  {
    name: 'a long reading earns a long rest',
    steps: [
      [0, 'a'],
      [2000, 'b'],
      [5099, 'c'],
      [5100, 'd'],
    ],
    took: 100,
    out: [0, 5100],
  },
] as const;
for (const { name, steps, out, ...more } of cases) {
  it(name, () => assert.deepEqual(readings(steps, 'took' in more ? more.took : 0), out));
}

it('reads soon for a key that was found in between', () => {
  let now = 0;
  const rereader = new Rereader(() => now);
  assert.ok(rereader.missed('a', () => {}));
  rereader.found('a');
  now = 1000;
  rereader.begin();
  assert.ok(rereader.missed('a', () => {}));
});
