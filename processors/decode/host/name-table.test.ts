import assert from 'node:assert/strict';
import { it } from 'node:test';
import { NameTable } from './name-table.ts';

it('stays bounded while names come and go', () => {
  let round = 0;
  const table = new NameTable(
    () => new Map(Array.from({ length: 1000 }, (_, i) => [`${round}-${i}`, `name ${round}-${i}`])),
    () => round * 100_000,
  );
  for (round = 0; round < 50; round++) {
    table.begin();
    assert.equal(table.name(`${round}-999`), `name ${round}-999`);
  }
  assert.ok(table.size <= 8192 + 1000, `${table.size} names`);
  assert.equal(table.name('45-3'), 'name 45-3');
  assert.equal(table.name('0-3'), undefined);
});

it('a key that is given away again has its new name', () => {
  const present = [
    [['1', 'old']],
    [],
    [
      ['1', 'new'],
      ['2', 'x'],
    ],
  ] as [string, string][][];
  let ms = 0;
  const table = new NameTable(
    () => new Map(present.shift()),
    () => ms,
  );
  ms += 70_000;
  table.begin();
  assert.equal(table.name('1'), 'old');
  ms += 70_000;
  table.begin();
  assert.equal(table.name('9'), undefined);
  assert.equal(table.name('1'), 'old');
  ms += 70_000;
  table.begin();
  assert.equal(table.name('2'), 'x');
  assert.equal(table.name('1'), 'new');
});
