import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { copyText, PageBuffer, PageBufferPool, Segment, writeNumber } from './page-buffer.ts';

function written(value: number): string {
  const page = new PageBuffer(64);
  return page.bytes.toString('latin1', 3, writeNumber(page.bytes, page.view, 3, value));
}

const spelled = (value: number): string => `${value}`.replace('Infinity', 'Inf').replace(/^Inf/, '+Inf');

it('numbers are spelled as JavaScript does', () => {
  const powers = Array.from({ length: 64 }, (_, i) => [10 ** i, 10 ** i - 1, 10 ** i + 1, 2 ** i, 2 ** i - 1]).flat();
  for (const value of [
    ...powers,
    0,
    -0,
    -1,
    1.5,
    1e-7,
    NaN,
    Infinity,
    -Infinity,
    Number.MAX_SAFE_INTEGER,
    900_000_000_000_001,
  ]) {
    assert.equal(written(value), spelled(value));
  }
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(), fc.double()), (value) =>
      assert.equal(written(value), spelled(value)),
    ),
  );
});

it('copies keep every byte of any text at any place', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '\u007f', 'é', '日', '\u{10ffff}', '\u{1f600}', '\0'),
    maxLength: 40,
  });
  const property = fc.property(text, fc.nat(16), (source, at) => {
    const page = new PageBuffer(1024);
    const segment = new Segment(source);
    const end = copyText(page.view, at, segment.view, 0, segment.length);
    assert.equal(page.bytes.toString('utf8', at, end), source);
  });
  fc.assert(property, { seed: 1, numRuns: 2000 });
});

it('a buffer grows and keeps what it has', () => {
  const page = new PageBuffer(16);
  for (let i = 0; i < 100; i++) page.text(`line ${i} ü\n`);
  assert.equal(page.page().toString(), Array.from({ length: 100 }, (_, i) => `line ${i} ü\n`).join(''));
});

it('a pool keeps few buffers, and none that has become far too large', () => {
  const pool = new PageBufferPool(1);
  const [a, b] = [pool.take(), pool.take()];
  assert.notEqual(a, b);
  a.reserve(10_000_000);
  a.length = 9_000_000;
  pool.giveBack(a);
  pool.giveBack(b);
  assert.equal(pool.take(), a);
  assert.notEqual(pool.take(), b);
  // Pages are small from now on.
  let last = a;
  for (let i = 0; i < 100; i++) {
    last.length = 100;
    pool.giveBack(last);
    last = pool.take();
  }
  assert.notEqual(last, a);
});
