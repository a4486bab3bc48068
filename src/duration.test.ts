import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formatDuration, parseDuration } from './duration.ts';

const parsed: [string, number | undefined][] = [
  ['0', 0],
  ['300ms', 300],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['-2s', -2000],
  ['+2s', 2000],
  ['', undefined],
  ['5', undefined],
  ['5 s', undefined],
  ['s', undefined],
  ['1d', undefined],
  ['1s2', undefined],
  ['--1s', undefined],
];
for (const [text, ms] of parsed) {
  test(`duration ${JSON.stringify(text)} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
}

const formatted: [number, string][] = [
  [0, '0s'],
  [300, '300ms'],
  [1500, '1500ms'],
  [60_000, '1m'],
  [5_400_000, '1h30m'],
  [3_661_000, '1h1m1s'],
];
for (const [ms, text] of formatted) {
  test(`${ms} ms is ${text}, and back`, () => {
    assert.equal(formatDuration(ms), text);
    assert.equal(parseDuration(text), ms);
  });
}
