import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ValueType } from '@opentelemetry/api';
import type { MapReader, MapSnapshot } from '../../native/index.ts';
import type { KeyLabel, MetricFamily } from '../../src/metric-batch.ts';
import { stride } from '../../src/metric-batch.ts';
import { buckets } from './histogram.ts';
import { HistogramReader, ValueReader } from './map-family.ts';

type Entry = readonly [key: readonly number[], value: number];

const HEAD = {
  descriptor: { name: 'm', description: 'help', unit: '', valueType: ValueType.INT },
  startTimeUnixNano: 1n,
  scope: { name: 'test' },
  source: 'test',
} as const;
const label = (name: string, offset: number, size: number): KeyLabel => ({ name, offset, size, decoders: [] });

/** Plays recorded snapshots in turn; the last one again and again. */
function recorded(keySize: number, ...snapshots: Entry[][]): MapReader {
  const turns = snapshots.map((entries): MapSnapshot => ({
    count: entries.length,
    keys: Uint8Array.from(entries.flatMap(([key]) => key)),
    values: Float64Array.from(entries, ([, value]) => value),
  }));
  return {
    keySize,
    fields: 1,
    read: () => (turns.length > 1 ? (turns.shift() as MapSnapshot) : turns[0]),
  } as MapReader;
}

function shown(family: MetricFamily): [string, number[]][] {
  family.series.fold(family);
  const width = stride(family);
  return Array.from({ length: family.rows }, (_, row) => [
    Object.values(family.series.attributes[family.ids[row]] ?? {}).join(),
    [...family.values.subarray(row * width, (row + 1) * width)],
  ]);
}

test('a counter is its map, key by key', () => {
  const reader = new ValueReader(
    { ...HEAD, kind: 'counter' },
    recorded(2, [
      [[1, 2], 10],
      [[3, 4], 20],
    ]),
    [label('a', 0, 1), label('b', 1, 1)],
  );
  assert.deepEqual(shown(reader.read()), [
    ['01,02', [10]],
    ['03,04', [20]],
  ]);
});

test('a counter follows keys that come and go', () => {
  const reader = new ValueReader(
    { ...HEAD, kind: 'counter' },
    recorded(
      1,
      [
        [[1], 1],
        [[2], 2],
      ],
      [
        [[2], 3],
        [[5], 1],
      ],
      [],
    ),
    [label('a', 0, 1)],
  );
  assert.deepEqual(shown(reader.read()), [
    ['01', [1]],
    ['02', [2]],
  ]);
  assert.deepEqual(shown(reader.read()), [
    ['02', [3]],
    ['05', [1]],
  ]);
  assert.deepEqual(shown(reader.read()), []);
});

const EXP2 = { bucket_type: 'exp2', bucket_min: 0, bucket_max: 3, bucket_multiplier: 0.5, bucket_keys: [] } as const;

test('a histogram scatters its entries: buckets that are missing are 0, bucket_max + 1 is the sum', () => {
  const entries: Entry[] = [
    [[7, 0], 1],
    [[7, 2], 5],
    [[7, 4], 40],
    [[8, 3], 2],
  ];
  const reader = new HistogramReader(
    { ...HEAD, kind: 'histogram' },
    recorded(2, entries),
    [label('device', 0, 1), label('bucket', 1, 1)],
    buckets(EXP2),
  );
  assert.deepEqual(shown(reader.read()), [
    ['07', [1, 0, 5, 0, 0, 20]],
    ['08', [0, 0, 0, 2, 0, 0]],
  ]);
  assert.deepEqual([...reader.family.bounds], [0.5, 1, 2, 4]);
});

test('a histogram whose only label is the bucket is one series', () => {
  const reader = new HistogramReader(
    { ...HEAD, kind: 'histogram' },
    recorded(1, [
      [[1], 3],
      [[0], 2],
    ]),
    [label('bucket', 0, 1)],
    buckets(EXP2),
  );
  assert.deepEqual(shown(reader.read()), [['', [2, 3, 0, 0, 0, 0]]]);
});

test('a bucket out of range is left out and counted', () => {
  const reader = new HistogramReader(
    { ...HEAD, kind: 'histogram' },
    recorded(1, [
      [[9], 3],
      [[0], 2],
    ]),
    [label('bucket', 0, 1)],
    buckets(EXP2),
  );
  assert.deepEqual(shown(reader.read()), [['', [2, 0, 0, 0, 0, 0]]]);
  assert.deepEqual(reader.dropped, { reason: 'bucket_out_of_range', count: 1 });
});

test('a series that has only buckets out of range is shown with zeros', () => {
  const entries: Entry[] = [
    [[7, 9], 3],
    [[8, 4], 6],
  ];
  const reader = new HistogramReader(
    { ...HEAD, kind: 'histogram' },
    recorded(2, entries),
    [label('device', 0, 1), label('bucket', 1, 1)],
    buckets(EXP2),
  );
  assert.deepEqual(shown(reader.read()), [
    ['07', [0, 0, 0, 0, 0, 0]],
    ['08', [0, 0, 0, 0, 0, 3]],
  ]);
  assert.equal(reader.dropped.count, 1);
});

test('a histogram series that is gone leaves no values behind', () => {
  const reader = new HistogramReader(
    { ...HEAD, kind: 'histogram' },
    recorded(
      2,
      [
        [[7, 0], 9],
        [[8, 0], 4],
      ],
      [[[8, 1], 1]],
      [
        [[9, 0], 1],
        [[7, 1], 1],
      ],
    ),
    [label('device', 0, 1), label('bucket', 1, 1)],
    buckets(EXP2),
  );
  reader.read();
  assert.deepEqual(shown(reader.read()), [['08', [0, 1, 0, 0, 0, 0]]]);
  assert.deepEqual(shown(reader.read()), [
    ['09', [1, 0, 0, 0, 0, 0]],
    ['07', [0, 1, 0, 0, 0, 0]],
  ]);
});

test('a thousand histograms come and go without mixing', () => {
  const round = (from: number): Entry[] =>
    Array.from({ length: 1000 }, (_, i): Entry[] => [
      [[(from + i) & 255, (from + i) >> 8, 0], from + i],
      [[(from + i) & 255, (from + i) >> 8, 3], 1],
    ]).flat();
  const rounds = Array.from({ length: 40 }, (_, i) => round(i * 700));
  const reader = new HistogramReader(
    { ...HEAD, kind: 'histogram' },
    recorded(3, ...rounds),
    [label('id', 0, 2), label('bucket', 2, 1)],
    buckets(EXP2),
  );
  for (let i = 0; i < 40; i++) {
    const family = reader.read();
    assert.equal(family.rows, 1000);
    for (let row = 0; row < 1000; row++) {
      const key = reader.family.series.key(family.ids[row]);
      assert.deepEqual([...family.values.subarray(row * 6, row * 6 + 6)], [key[0] + key[1] * 256, 0, 0, 1, 0, 0]);
    }
  }
});

test('a fold leaves the reader its own columns: histograms of equal attributes may grow', () => {
  const round = (count: number): Entry[] => Array.from({ length: count }, (_, i): Entry => [[i & 255, i >> 8, 1], 1]);
  const labels = [label('id', 0, 2), label('bucket', 2, 1)];
  const source = recorded(3, round(10), round(12), round(600), round(20));
  const reader = new HistogramReader({ ...HEAD, kind: 'histogram' }, source, labels, buckets(EXP2));
  for (const count of [10, 12, 600, 20]) {
    const family = reader.read();
    for (const id of family.series.fresh) family.series.attributes[id] = { parity: String(id % 2) };
    assert.deepEqual(
      shown(family).map(([name, values]) => [name, values[1]]),
      [
        ['0', count / 2],
        ['1', count / 2],
      ],
    );
  }
});

test('a reader tells how its map is used, and keeps to the series limit', () => {
  const map = { name: 'm', type: 'lru_hash', keySize: 1, valueSize: 8, maxEntries: 4, flags: 0 };
  const first: Entry[] = [1, 2, 3, 4].map((key) => [[key], 10]);
  const second: Entry[] = [2, 4, 5].map((key) => [[key], 20]);
  const options = { map, seriesLimit: 3, evicts: true };
  const turns = [
    { use: { map, entries: 4, vanished: 0 }, overflowing: 1 },
    { use: { map, entries: 3, vanished: 2 }, overflowing: 2 },
  ];
  const counter = new ValueReader(
    { ...HEAD, kind: 'counter' },
    recorded(1, first, second),
    [label('a', 0, 1)],
    0,
    options,
  );
  const shownTurns = turns.map((turn) => {
    const rows = shown(counter.read());
    assert.deepEqual({ use: counter.use, overflowing: counter.overflowing }, turn);
    return rows;
  });
  assert.deepEqual(shownTurns, [
    [
      ['01', [10]],
      ['02', [10]],
      ['03', [10]],
      ['true', [10]],
    ],
    [
      ['02', [20]],
      ['true', [40]],
    ],
  ]);
});
