import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyTable } from './key-table.ts';

/** Keys of `size` bytes, each made of one number, back to back. */
function keysOf(numbers: readonly number[], size: number): Uint8Array {
  const bytes = new Uint8Array(numbers.length * size);
  numbers.forEach((number, i) => {
    for (let at = 0; at < Math.min(size, 4); at++) bytes[i * size + at] = (number >> (8 * at)) & 0xff;
  });
  return bytes;
}

function scrape(table: KeyTable, numbers: readonly number[]): { rows: number; ids: number[]; values: number[] } {
  const values = Float64Array.from(numbers, (_, i) => i);
  table.begin();
  const rows = table.intern(keysOf(numbers, table.keySize), numbers.length, values, 1);
  return { rows, ids: [...table.ids.subarray(0, rows)], values: [...values.subarray(0, rows)] };
}

for (const size of [1, 2, 3, 4, 6, 8, 24]) {
  test(`a key of ${size} bytes keeps its id over scrapes, whatever the order`, () => {
    const table = new KeyTable(size);
    const first = scrape(table, [3, 1, 2]);
    assert.deepEqual(first.ids, [0, 1, 2]);
    assert.deepEqual(scrape(table, [3, 1, 2]).ids, [0, 1, 2]);
    assert.deepEqual(scrape(table, [2, 3, 9, 1]).ids, [2, 0, 3, 1]);
  });
}

test('keys that come and go are counted', () => {
  const table = new KeyTable(1);
  const turns = [
    { keys: [1, 2, 3], rows: 3, vanished: 0 },
    { keys: [3, 4, 4], rows: 2, vanished: 2 },
    { keys: [1, 2, 3], rows: 3, vanished: 1 },
    { keys: [], rows: 0, vanished: 3 },
  ];
  for (const { keys, rows, vanished } of turns) {
    table.begin();
    table.intern(Uint8Array.from(keys), keys.length, new Float64Array(keys.length), 1);
    assert.deepEqual({ rows: table.rows, vanished: table.vanished }, { rows, vanished });
  }
});

test('a key that a map read saw twice is one row with the later value', () => {
  const { rows, values } = scrape(new KeyTable(4), [7, 8, 7, 9, 8]);
  assert.equal(rows, 3);
  assert.deepEqual(values, [2, 4, 3]);
});

test('keys of no bytes are all the same key', () => {
  const table = new KeyTable(0);
  table.begin();
  assert.equal(table.intern(new Uint8Array(0), 3, new Float64Array([1, 2, 3]), 1), 1);
  assert.equal(table.live, 1);
});

test('keys at an unaligned offset get the ids of their aligned twins', () => {
  const table = new KeyTable(8);
  const aligned = scrape(table, [1, 2, 3]).ids;
  const shifted = new Uint8Array(25);
  shifted.set(keysOf([3, 2, 1], 8), 1);
  table.begin();
  table.intern(shifted.subarray(1), 3, new Float64Array(3), 1);
  assert.deepEqual([...table.ids.subarray(0, 3)], aligned.toReversed());
});

test('a row of several values moves whole', () => {
  const table = new KeyTable(4);
  table.begin();
  const values = new Float64Array([1, 10, 2, 20, 3, 30]);
  assert.equal(table.intern(keysOf([5, 5, 6], 4), 3, values, 2), 2);
  assert.deepEqual([...values.subarray(0, 4)], [2, 20, 3, 30]);
});

test('memory follows the live keys under churn', () => {
  const table = new KeyTable(8);
  for (let round = 0; round < 200; round++) {
    const { rows } = scrape(
      table,
      Array.from({ length: 500 }, (_, i) => round * 500 + i),
    );
    const keepFrom = table.sweepDue(rows);
    if (keepFrom > 0) table.sweep(keepFrom);
    assert.ok(table.live <= 3 * 500 + 1024, `${table.live} keys after round ${round}`);
  }
});

test('a swept key is gone, others keep their ids', () => {
  const table = new KeyTable(4);
  scrape(table, [1, 2, 3]);
  scrape(table, [1, 3]);
  table.sweep(table.generation);
  assert.equal(table.live, 2);
  assert.equal(table.lookup(keysOf([2], 4)), undefined);
  assert.deepEqual(scrape(table, [3, 1, 4]).ids, [2, 0, 1]);
});

test('equals a Map for random scrapes and sweeps', () => {
  const scrapes = fc.array(fc.array(fc.nat(300), { maxLength: 200 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(1, 3, 4, 8, 12), scrapes, fc.boolean(), (size, rounds, sweeping) => {
      const table = new KeyTable(size);
      for (const numbers of rounds) {
        const wanted = size === 1 ? numbers.map((n) => n & 0xff) : numbers;
        const { rows, ids, values } = scrape(table, wanted);
        const last = new Map(wanted.map((number, i) => [number, i]));
        assert.equal(rows, last.size);
        assert.equal(new Set(ids).size, rows);
        assert.deepEqual(new Set(values), new Set(last.values()));
        for (const [i, id] of ids.entries()) assert.deepEqual(table.key(id), keysOf([wanted[values[i]]], size));
        if (sweeping) table.sweep(table.generation);
        if (sweeping) assert.equal(table.live, rows);
      }
    }),
    { numRuns: 300, seed: 42 },
  );
});
