import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapInfo } from '../../native/index.ts';
import type { OwnMetric } from '../../src/component.ts';
import type { FamilyReader } from './map-family.ts';
import { MapStatistics } from './map-statistics.ts';

const [first, second] = [{}, {}] as FamilyReader[];
const map = (type: string): MapInfo => ({ name: 'm', type, keySize: 4, valueSize: 8, maxEntries: 1000, flags: 0 });

/** Numbers by metric, and log lines, of what `use` does. */
function told(use: (maps: MapStatistics) => void): { numbers: Record<string, number>; lines: unknown[] } {
  const numbers: Record<string, number> = {};
  const lines: unknown[] = [];
  const metric = (whole: string): OwnMetric => {
    const name = whole.replace('otelcol_receiver_ebpf_map_', '');
    return {
      add: (value) => (numbers[name] = (numbers[name] ?? 0) + value),
      set: (value) => (numbers[name] = value),
      delete: () => {},
    };
  };
  const ignore = (): void => {};
  const warn = (message: string, attributes: object = {}): unknown => lines.push({ message, ...attributes });
  const telemetry = { counter: metric, gauge: metric, onCollect: ignore };
  use(new MapStatistics(telemetry, { debug: ignore, info: ignore, warn, error: ignore }));
  return { numbers, lines };
}

const line = { config: 'c', map: 'm', max_entries: 1000, set: 'map_sizes: {m: 2000}' };

test('a map that is nearly full is told of once, with the size to set', () => {
  const hash = map('hash');
  const { numbers, lines } = told((maps) => {
    maps.read('c', { map: hash, entries: 899, vanished: 5 }, first);
    maps.read('c', { map: hash, entries: 900, vanished: 0 }, first);
    maps.read('c', { map: hash, entries: 1000, vanished: 0 }, first);
  });
  assert.deepEqual(numbers, { entries: 1000, max_entries: 1000 });
  assert.deepEqual(lines, [{ message: 'map m is nearly full', entries: 900, ...line }]);
});

test('arrays are always full', () => {
  const { numbers, lines } = told((maps) => {
    maps.read('c', { map: map('percpu_array'), entries: 1000, vanished: 0 }, first);
  });
  assert.deepEqual([numbers, lines], [{}, []]);
});

test('keys that vanish from a full LRU map are evictions, counted by one of its readers', () => {
  const lru = { ...map('lru_hash'), maxEntries: 1_000_000 };
  const { numbers, lines } = told((maps) => {
    maps.read('c', { map: lru, entries: 500_000, vanished: 9 }, first);
    maps.read('c', { map: lru, entries: 1_000_000, vanished: 3 }, first);
    maps.read('c', { map: lru, entries: 1_000_000, vanished: 3 }, second);
    maps.read('c', { map: lru, entries: 999_999, vanished: 4 }, first);
  });
  assert.equal(numbers['evictions'], 7);
  assert.equal(lines.length, 1);
});

test('inserts that failed are told of once', () => {
  const { lines } = told((maps) => {
    for (const failed of [0, 7, 9]) maps.failed('c', map('hash'), failed);
  });
  assert.deepEqual(lines, [{ message: 'map m is full', failed_inserts: 7, ...line }]);
});
