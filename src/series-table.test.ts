import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import fc from 'fast-check';
import type { MetricFamily } from './metric-batch.ts';
import { startTimeUnixNano } from './metric-batch.ts';
import { SeriesTable } from './series-table.ts';

const LABEL = { name: 'key', offset: 0, size: 1, decoders: [] };

/** One scrape of one-byte keys with one value each (and `width` columns), decoded by `decode`, folded. */
function scrape(
  table: SeriesTable,
  keys: readonly number[],
  decode: (key: number) => Attributes | null | undefined,
  width = 1,
  value = 1,
): MetricFamily {
  const values = new Float64Array(keys.length * width).fill(value);
  table.begin();
  const rows = table.intern(Uint8Array.from(keys), keys.length, values, width);
  for (const id of table.fresh) table.attributes[id] = decode(table.key(id)[0]);
  const family: MetricFamily = {
    descriptor: { name: 'm', description: '', unit: '', valueType: ValueType.INT },
    kind: width === 1 ? 'counter' : 'histogram',
    startTimeUnixNano: 0n,
    scope: { name: 's' },
    source: 'test',
    series: table,
    bounds: new Float64Array(Math.max(0, width - 2)),
    rows,
    ids: table.ids,
    values,
  };
  table.fold(family);
  return family;
}

const shown = ({ rows, ids, values, series }: MetricFamily): [unknown, number][] =>
  Array.from({ length: rows }, (_, row) => [series.attributes[ids[row]], values[row]]);

test('rows with equal attributes are one row, their values added', () => {
  const table = new SeriesTable(1, [LABEL]);
  const family = scrape(table, [1, 2, 3, 4], (key) => ({ parity: String(key % 2) }));
  assert.deepEqual(shown(family), [
    [{ parity: '1' }, 2],
    [{ parity: '0' }, 2],
  ]);
});

test('histogram rows are added column by column', () => {
  const table = new SeriesTable(1, [LABEL]);
  const family = scrape(table, [1, 2], () => ({ a: 'x' }), 4);
  assert.equal(family.rows, 1);
  assert.deepEqual([...family.values.subarray(0, 4)], [2, 2, 2, 2]);
});

test('label sets that a joined string would confuse stay two', () => {
  const table = new SeriesTable(1, [LABEL]);
  const family = scrape(table, [1, 2], (key) => (key === 1 ? { a: 'a|b', b: 'c' } : { a: 'a', b: 'b|c' }));
  assert.equal(family.rows, 2);
});

test('a series left out takes no row, now and later', () => {
  const table = new SeriesTable(1, [LABEL]);
  const decode = (key: number): Attributes | null => (key === 2 ? null : { key: String(key) });
  assert.deepEqual(shown(scrape(table, [1, 2, 3], decode)), [
    [{ key: '1' }, 1],
    [{ key: '3' }, 1],
  ]);
  assert.deepEqual(shown(scrape(table, [2, 3], decode)), [[{ key: '3' }, 1]]);
});

test('attributes are computed once, and are the same object in each scrape', () => {
  const table = new SeriesTable(1, [LABEL]);
  let calls = 0;
  const decode = (key: number): Attributes => ({ key: String((calls++, key)) });
  const first = shown(scrape(table, [1, 2], decode)).map(([attributes]) => attributes);
  const second = shown(scrape(table, [1, 2], decode)).map(([attributes]) => attributes);
  assert.equal(calls, 2);
  assert.ok(first.every((attributes, i) => attributes === second[i]));
});

test('an unsettled answer is asked again; the same answer keeps the object, another one heals', () => {
  const table = new SeriesTable(1, [LABEL]);
  let answer = 'unknown';
  const decode = (key: number): Attributes => {
    if (answer === 'unknown') table.unsettled(table.lookup(Uint8Array.of(key))!);
    return { cgroup: answer };
  };
  const [[first]] = shown(scrape(table, [1], decode));
  const [[again]] = shown(scrape(table, [1], decode));
  assert.equal(first, again);
  answer = '/system.slice';
  assert.deepEqual(shown(scrape(table, [1], decode)), [[{ cgroup: '/system.slice' }, 1]]);
  assert.equal(table.fresh.length, 0);
});

test('two unknowns that heal to different names part again', () => {
  const table = new SeriesTable(1, [LABEL]);
  let known = false;
  const decode = (key: number): Attributes => {
    if (!known) table.unsettled(table.lookup(Uint8Array.of(key))!);
    return { name: known ? `n${key}` : 'unknown' };
  };
  assert.deepEqual(shown(scrape(table, [1, 2], decode)), [[{ name: 'unknown' }, 2]]);
  known = true;
  assert.deepEqual(shown(scrape(table, [1, 2], decode)), [
    [{ name: 'n1' }, 1],
    [{ name: 'n2' }, 1],
  ]);
});

test('an unsettled series that is swept is not asked again', () => {
  const table = new SeriesTable(1, [LABEL]);
  const asked: number[] = [];
  const decode = (key: number): Attributes => {
    asked.push(key);
    const id = table.lookup(Uint8Array.of(key));
    if (id !== undefined) table.unsettled(id);
    return { name: `unknown ${key}` };
  };
  shown(scrape(table, [1, 2], decode));
  table.begin();
  table.sweep(table.generation);
  assert.equal(table.unsettledCount, 0);
  asked.length = 0;
  table.fresh.length = 0;
  assert.deepEqual(shown(scrape(table, [3], decode)), [[{ name: 'unknown 3' }, 1]]);
  assert.deepEqual(asked, [3]);
  assert.equal(table.unsettledCount, 1);
});

test('a series that no processor decoded shows its labels as hex', () => {
  const table = new SeriesTable(1, [LABEL]);
  assert.deepEqual(shown(scrape(table, [0xab], () => undefined)), [[{ key: 'ab' }, 1]]);
});

test('equals a Map of label sets for random keys, decodings and sweeps', () => {
  const rounds = fc.array(fc.array(fc.nat(255), { maxLength: 120 }), { maxLength: 10 });
  fc.assert(
    fc.property(rounds, fc.integer({ min: 1, max: 40 }), fc.boolean(), (scrapes, classes, sweeping) => {
      const table = new SeriesTable(1, [LABEL]);
      const decode = (key: number): Attributes | null =>
        key % classes === 0 ? null : { a: String(key % classes), b: 'x' };
      for (const keys of scrapes) {
        const expected = new Map<string, number>();
        for (const key of new Set(keys))
          if (key % classes !== 0) expected.set(String(key % classes), (expected.get(String(key % classes)) ?? 0) + 1);
        const found = shown(scrape(table, keys, decode)).map(([attributes, value]) => [
          (attributes as Attributes).a,
          value,
        ]);
        assert.deepEqual(new Map(found as [string, number][]), expected);
        assert.equal(found.length, expected.size);
        if (sweeping) table.sweep(table.generation);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('series beyond the limit are one, with the overflow attribute, and give their place back', () => {
  const table = new SeriesTable(1, [LABEL], { seriesLimit: 2 });
  const decode = (key: number): Attributes => ({ key: String(key) });
  const overflow = { 'otel.metric.overflow': true };
  assert.deepEqual(shown(scrape(table, [1, 2, 3, 4, 5], decode)), [
    [{ key: '1' }, 1],
    [{ key: '2' }, 1],
    [overflow, 3],
  ]);
  assert.equal(table.overflowing, 3);
  assert.deepEqual(shown(scrape(table, [5, 6, 2], decode)), [
    [overflow, 2],
    [{ key: '2' }, 1],
  ]);
  table.sweep(table.generation);
  assert.equal(table.overflowing, 2);
  assert.deepEqual(shown(scrape(table, [7, 5, 6, 2], decode)), [
    [{ key: '7' }, 1],
    [overflow, 2],
    [{ key: '2' }, 1],
  ]);
});

/** Start times of the rows: 'family' for the family's own. */
const starts = (family: MetricFamily): (bigint | 'family')[] =>
  Array.from({ length: family.rows }, (_, row) => startTimeUnixNano(family, row) || 'family');
const milliseconds = (time: number): bigint => BigInt(time) * 1_000_000n;

test('a series never seen before counts since the load; one that is back starts with the scrape before', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1000 });
  const table = new SeriesTable(1, [LABEL]);
  const at = (now: number, keys: readonly number[]): (bigint | 'family')[] => {
    context.mock.timers.setTime(now);
    return starts(scrape(table, keys, (key) => ({ key: String(key) })));
  };
  assert.deepEqual(at(1000, [1, 2]), ['family', 'family']);
  assert.deepEqual(at(2000, [1, 3]), ['family', 'family']);
  assert.deepEqual(at(3000, [1, 3]), ['family', 'family']);
  assert.deepEqual(at(4000, [1, 2, 3]), ['family', milliseconds(3000), 'family']);
});

test('a count that falls where maps evict is a new start', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1000 });
  for (const [width, evicts] of [
    [1, true],
    [3, true],
    [1, false],
  ] as const) {
    const table = new SeriesTable(1, [LABEL], { evicts });
    const at = (now: number, value: number): (bigint | 'family')[] => {
      context.mock.timers.setTime(now);
      return starts(scrape(table, [1], () => ({}), width, value));
    };
    at(1000, 5);
    assert.deepEqual(at(2000, 7), ['family']);
    assert.deepEqual(at(3000, 3), [evicts ? milliseconds(2000) : 'family']);
    assert.deepEqual(at(4000, 4), [evicts ? milliseconds(2000) : 'family']);
  }
});
