import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricFamily } from '../../src/metric-batch.ts';
import { parsePage } from '../../test/support/page.ts';
import type { WriterOptions } from './text-writer.ts';
import type { Rows } from './writer-harness.ts';
import { family, WriterHarness } from './writer-harness.ts';

const harness = (options: Partial<WriterOptions> = {}): WriterHarness => new WriterHarness(options, parsePage);

/** `one` with the rows of `ids` only. */
function left(one: MetricFamily, ...ids: number[]): MetricFamily {
  one.ids = Uint32Array.from(ids);
  one.rows = ids.length;
  return one;
}

describe('metric_expiration', () => {
  const three: Rows = [
    [{ a: 'x' }, 1],
    [{ a: 'y' }, 2],
    [{ a: 'z' }, 3],
  ];

  it('keeps the last value of a series that is gone, then drops it', () => {
    const writer = harness({ expirationMs: 300 });
    const one = family('m', three);
    writer.samples(one);
    writer.now += 100;
    one.values[0] = 30;
    assert.deepEqual(writer.samples(left(one, 2)), ['m{a="z"} 30', 'm{a="x"} 1', 'm{a="y"} 2']);
    writer.now += 199;
    assert.equal(writer.samples(one).length, 3);
    writer.now += 1;
    assert.deepEqual(writer.samples(one), ['m{a="z"} 30']);
    assert.deepEqual(writer.losses, []);
  });
  it('shows it once when it comes back, under whatever id', () => {
    const writer = harness({ expirationMs: 300 });
    const one = family('m', three);
    writer.samples(one);
    writer.samples(left(one, 0));
    one.series.attributes[2] = { a: 'y' };
    one.values[1] = 9;
    assert.deepEqual(writer.samples(left(one, 0, 2)), ['m{a="x"} 1', 'm{a="y"} 9', 'm{a="z"} 3']);
    assert.deepEqual(writer.samples(one), ['m{a="x"} 1', 'm{a="y"} 9', 'm{a="z"} 3']);
  });
  it('keeps histograms, and families whose program is gone, until a new one has the series', () => {
    const writer = harness({ expirationMs: 300, targetInfo: true });
    const lines = writer.samples(family('h', [[{ a: 'x' }, [1, 2, 3]]], { kind: 'histogram', bounds: [1] }));
    writer.now += 100;
    assert.deepEqual(writer.samples(family('m', three)).slice(-4), lines.slice(1));
    const again = family('h', [[{ a: 'x' }, [5, 5, 5]]], { kind: 'histogram', bounds: [1] });
    const samples = writer.samples(again);
    assert.ok(samples.includes('h_sum{a="x"} 5') && samples.includes('m{a="y"} 2'));
    assert.equal(samples.length, 1 + 4 + 3);
    writer.now += 1000;
    assert.equal(
      writer.page([]),
      '# HELP target_info Target metadata\n# TYPE target_info gauge\ntarget_info 1\n# no registered metrics\n',
    );
  });
  it('0s: gone at once', () => {
    const writer = harness();
    const one = family('m', three);
    writer.samples(one);
    assert.deepEqual(writer.samples(left(one, 1)), ['m{a="y"} 1']);
  });
  it('a series whose labels heal leaves none behind', () => {
    const writer = harness({ expirationMs: 300 });
    const one = family('m', [[{ cgroup: 'unknown_cgroup_id:7' }, 1]]);
    writer.samples(one);
    one.series.attributes[0] = { cgroup: '/a' };
    assert.deepEqual(writer.samples(one), ['m{cgroup="/a"} 1']);
  });
  it('is bounded: the oldest go first, and are counted', () => {
    const writer = harness({ expirationMs: 1e9 });
    for (let round = 0; round < 5; round++) {
      writer.samples(
        family(
          'm',
          Array.from({ length: 4000 }, (_, i) => [{ a: `${round} ${i}` }, 1]),
        ),
      );
      writer.now += 100;
    }
    const samples = writer.samples();
    assert.equal(samples.length, 10_000);
    assert.ok(samples.includes('m{a="4 0"} 1') && !samples.includes('m{a="1 0"} 1'));
    assert.deepEqual(writer.losses, ['retained_limit 2000 ', 'retained_limit 4000 ', 'retained_limit 4000 ']);
  });
  it('sets that take turns are never lost', () => {
    const writer = harness({ expirationMs: 1e9 });
    const set = (of: number): Rows => Array.from({ length: 12_000 }, (_, i) => [{ a: `${of} ${i}` }, of]);
    const turns = [family('m', set(0)), family('m', set(1))];
    for (let turn = 0; turn < 6; turn++) {
      const samples = new Set(writer.samples(turns[turn % 2]));
      assert.equal(samples.size, turn === 0 ? 12_000 : 24_000);
      assert.ok(samples.has('m{a="0 11999"} 0') && (turn === 0 || samples.has('m{a="1 0"} 1')));
    }
    assert.deepEqual(writer.losses, []);
  });
  it('single ones that go and come in any order: each is on the page once, with its last value', () => {
    const writer = harness({ expirationMs: 1e9 });
    const last = new Map<number, number>();
    let state = 7;
    const random = (below: number): number => (state = (state * 48_271) % 0x7fffffff) % below;
    for (let scrape = 0; scrape < 30; scrape++) {
      const keys = [...new Set(Array.from({ length: random(800) }, () => random(1500)))];
      for (const key of keys) last.set(key, scrape);
      const rows: Rows = keys.map((key) => [{ key: String(key) }, [scrape, 0, 1]]);
      const lines = writer.samples(family('h', rows, { kind: 'histogram', bounds: [5] }));
      const counts = lines.filter((line) => line.startsWith('h_count'));
      const expected = [...last].map(([key, value]) => `h_count{key="${key}"} ${value}`);
      assert.deepEqual(counts.sort(), expected.sort());
    }
  });
});

it('memory follows the series that there are: text of those gone is given back', () => {
  const writer = harness();
  const one = family('m', []);
  for (let round = 0; round < 200; round++) {
    one.series.attributes.splice(
      0,
      Infinity,
      ...Array.from({ length: 1000 }, (_, i) => ({ a: `${round} ${i} ${'x'.repeat(100)}` })),
    );
    one.ids = Uint32Array.from({ length: 1000 }, (_, id) => id);
    one.values = new Float64Array(1000);
    one.rows = 1000;
    assert.equal(writer.samples(one).at(-1), `m{a="${round} 999 ${'x'.repeat(100)}"} 0`);
  }
});
