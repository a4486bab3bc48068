import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from './retry.ts';

const config = {
  enabled: true,
  initial_interval: 5000,
  randomization_factor: 0.5,
  multiplier: 1.5,
  max_interval: 10_000,
  max_elapsed_time: 60_000,
};

describe('Backoff', () => {
  const cases = [
    {
      name: 'without jitter: multiplied up to the longest',
      config: {},
      random: 0.5,
      asks: [0, 0, 0, 0],
      out: [5000, 7500, 10_000, 10_000],
    },
    { name: 'the least', config: {}, random: 0, asks: [0, 0], out: [2500, 3750] },
    { name: 'the most', config: {}, random: 1, asks: [0, 0], out: [7500, 11_250] },
    { name: 'Retry-After is the least', config: {}, random: 0.5, asks: [20_000, 0], out: [20_000, 7500] },
    {
      name: 'Retry-After beyond max_elapsed_time: given up',
      config: {},
      random: 0.5,
      asks: [60_001],
      out: [undefined],
    },
    {
      name: 'max_elapsed_time 0: never given up',
      config: { max_elapsed_time: 0 },
      random: 0.5,
      asks: [3e6],
      out: [3e6],
    },
    { name: 'off', config: { enabled: false }, random: 0.5, asks: [0], out: [undefined] },
  ];
  for (const { name, config: change, random, asks, out } of cases) {
    it(name, () => {
      const backoff = new Backoff({ ...config, ...change }, () => random);
      assert.deepEqual(
        asks.map((ask) => backoff.next(0, ask)),
        out,
      );
    });
  }

  it('gives up where the wait would pass max_elapsed_time', () => {
    const waits = [55_000, 55_001].map((elapsed) => new Backoff(config, () => 0.5).next(elapsed, 0));
    assert.deepEqual(waits, [5000, undefined]);
  });
});
