import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readSymbols } from './symbol-table.ts';

function table(text: string): ReturnType<typeof readSymbols> {
  const folder = mkdtempSync(join(tmpdir(), 'symbols-'));
  try {
    writeFileSync(join(folder, 'kallsyms'), text);
    return readSymbols(join(folder, 'kallsyms'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The slow, plain answer. */
function reference(text: string): {
  at: (address: bigint) => string | undefined;
  below: (address: bigint) => string | undefined;
} {
  const lines = text.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]+) . ([^\s]+)/.exec(line);
    return match === null ? [] : [{ address: BigInt.asIntN(64, BigInt(`0x${match[1]}`)), name: match[2] }];
  });
  const best = (address: bigint) => {
    const signed = BigInt.asIntN(64, address);
    return lines.reduce<(typeof lines)[0] | undefined>(
      (found, line) =>
        line.address <= signed && (found === undefined || line.address >= found.address) ? line : found,
      undefined,
    );
  };
  return {
    at: (address) => (best(address)?.address === BigInt.asIntN(64, address) ? best(address)?.name : undefined),
    below: (address) => best(address)?.name,
  };
}

it('agrees with a plain search in any order of lines', () => {
  for (let round = 0; round < 40; round++) {
    const lines = Array.from({ length: 60 }, (_, i) => {
      const near = BigInt(Math.floor(Math.random() * 100));
      const base = i < 30 ? 0xffffffff81000000n + BigInt(i * 4) : 0xffffffffc0000000n + near;
      return `${base.toString(16).padStart(16, '0')} t s${i}${i % 3 === 0 ? '\t[mod]' : ''}`;
    });
    const text = `${lines.join('\n')}\n`;
    const [own, plain] = [table(text), reference(text)];
    for (let i = 0n; i < 140n; i++) {
      for (const address of [0xffffffff80ffffffn + i, 0xffffffffbffffff0n + i]) {
        assert.equal(own.at(address), plain.at(address), text);
        assert.equal(own.atOrBelow(address), plain.below(address), text);
      }
    }
  }
});

const cases = [
  { name: 'nothing', in: '', size: 0, hidden: false },
  { name: 'addresses hidden', in: '0000000000000000 T a\n0000000000000000 T b\n', size: 2, hidden: true },
  {
    name: 'per-CPU symbols at 0 hide nothing',
    in: '0000000000000000 A a\nffffffff81000000 T b\n',
    size: 2,
    hidden: false,
  },
  { name: 'a line cut short', in: 'ffffffff81000000 T a\nffffffff810', size: 1, hidden: false },
  {
    name: 'lines that are no symbols',
    in: 'x\n\n T a\nffffffff81000000 T \nffffffff81000000  T b\n',
    size: 0,
    hidden: false,
  },
];
for (const { name, in: text, size, hidden } of cases) {
  it(name, () => {
    const symbols = table(text);
    assert.deepEqual([symbols.size, symbols.hidden], [size, hidden]);
  });
}

it('has no kernel symbol below an address of the lower half', () => {
  const kernel = 'ffffffff81000000 T _text\n';
  assert.equal(table(kernel).atOrBelow(1n), undefined);
  assert.equal(table(`0000000000000000 A percpu\n${kernel}`).atOrBelow(1n), 'percpu');
  assert.equal(table(`${kernel}0000000000000000 A percpu\n`).atOrBelow(0xffffffff81000001n), '_text');
});

it('reads across pieces, and past a line that is longer than one', () => {
  const many = Array.from(
    { length: 30_000 },
    (_, i) => `${(0xffffffff81000000n + BigInt(i) * 16n).toString(16)} T symbol_${i}`,
  );
  const symbols = table(`${many.join('\n')}\nffffffff00000000 T ${'x'.repeat(600_000)}\nffffffffa0000000 T last\n`);
  assert.equal(symbols.at(0xffffffff81000000n + 16n * 29_999n), 'symbol_29999');
  assert.equal(symbols.at(0xffffffffa0000000n), 'last');
});

it('a second reading takes the memory of the first', () => {
  const first = readSymbols('/proc/kallsyms');
  const { addresses, names } = first.columns;
  const second = readSymbols('/proc/kallsyms', first);
  assert.ok(second.columns.addresses === addresses && second.columns.names === names);
  assert.ok(Math.abs(second.size - first.size) < 1000);
});

it("holds this kernel's symbols in little memory", () => {
  const lines = readFileSync('/proc/kallsyms', 'latin1').trimEnd().split('\n');
  const count = lines.length;
  const before = process.memoryUsage().arrayBuffers;
  const symbols = readSymbols('/proc/kallsyms');
  const held = process.memoryUsage().arrayBuffers - before;
  // BPF programs of other tests come and go.
  assert.ok(Math.abs(symbols.size - count) < 1000, `${symbols.size} of ${count}`);
  assert.ok(held < 96 * count + (8 << 20), `${held} bytes for ${count} symbols`);
});
