import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapInfo, TypeLayout } from '../../native/index.ts';
import { keyLayout } from './key-layout.ts';
import type { LabelConfig } from './program-config.ts';

const label = (name: string, size?: number, padding = 0): LabelConfig => ({ name, size, padding, decoders: [] });
const map = (type: string, keySize: number, key?: TypeLayout): MapInfo => ({
  name: 'm',
  type,
  keySize,
  valueSize: 8,
  maxEntries: 8,
  flags: 0,
  key,
});
const int = (size: number): TypeLayout => ({ kind: 'int', name: `u${size * 8}`, size });
const struct: TypeLayout = {
  kind: 'struct',
  name: 'key_t',
  size: 24,
  members: [
    { name: 'pid', offset: 0, type: int(4) },
    { name: 'device', offset: 4, type: int(4) },
    { name: 'comm', offset: 8, type: { kind: 'array', name: 'char[16]', size: 16 } },
  ],
};

const cases: {
  name: string;
  labels: LabelConfig[];
  map: MapInfo;
  offsets?: number[];
  sizes?: number[];
  eachCpu?: boolean;
  fault?: string;
}[] = [
  { name: 'labels in order', labels: [label('a', 4), label('b', 8)], map: map('hash', 12), offsets: [0, 4] },
  { name: 'padding is skipped', labels: [label('a', 1, 7), label('b', 8)], map: map('hash', 16), offsets: [0, 8] },
  { name: 'no labels: the one u32 key', labels: [], map: map('array', 4), offsets: [] },
  {
    name: 'no labels for a longer key',
    labels: [],
    map: map('hash', 8),
    fault: 'labels cover 0 bytes (sizes and padding), but the key of map "m" has 8',
  },
  {
    name: 'too few bytes',
    labels: [label('a', 4)],
    map: map('hash', 24, struct),
    fault:
      'labels cover 4 bytes (sizes and padding), but the key of map "m" has 24 (struct key_t { pid: 4, device: 4, comm: 16 })',
  },
  {
    name: 'too many bytes',
    labels: [label('a', 8)],
    map: map('hash', 4),
    fault: 'labels cover 8 bytes (sizes and padding), but the key of map "m" has 4',
  },
  {
    name: 'cpu of a per-CPU map follows the key',
    labels: [label('a', 4), label('cpu', 2)],
    map: map('percpu_hash', 4),
    offsets: [0, 4],
    eachCpu: true,
  },
  {
    name: 'cpu alone: the own key 0 is left out',
    labels: [label('cpu', 2)],
    map: map('percpu_array', 4),
    offsets: [4],
    eachCpu: true,
  },
  { name: 'cpu of a plain map is a label like others', labels: [label('cpu', 4)], map: map('hash', 4), offsets: [0] },
  {
    name: 'cpu of a wrong size',
    labels: [label('a', 4), label('cpu', 4)],
    map: map('percpu_hash', 4),
    fault: 'the cpu label of a per-CPU map has size 2, got 4',
  },
  {
    name: 'cpu not last is a label like others',
    labels: [label('cpu', 2), label('a', 2)],
    map: map('percpu_hash', 4),
    offsets: [0, 2],
  },
  {
    name: 'sizes from BTF, in any order',
    labels: [label('comm'), label('pid')],
    map: map('hash', 24, struct),
    offsets: [8, 0],
    sizes: [16, 4],
  },
  { name: 'a scalar key by BTF', labels: [label('id')], map: map('hash', 8, int(8)), offsets: [0], sizes: [8] },
  {
    name: 'no such member',
    labels: [label('com')],
    map: map('hash', 24, struct),
    fault:
      '"size" is required, since the key of map "m" has no member "com"; did you mean "comm"?; its members: pid, device, comm',
  },
  {
    name: 'a label twice',
    labels: [label('a', 4), label('a', 4)],
    map: map('hash', 8),
    fault: 'label "a" is there twice',
  },
];

for (const { name, labels, map: info, offsets, sizes, eachCpu = false, fault } of cases) {
  test(name, () => {
    const faults: string[] = [];
    const layout = keyLayout(labels, info, (_path, message) => faults.push(message));
    assert.deepEqual(faults, fault === undefined ? [] : [fault]);
    if (fault !== undefined) return assert.equal(layout, undefined);
    assert.deepEqual(
      layout?.labels.map(({ offset }) => offset),
      offsets,
    );
    if (sizes !== undefined)
      assert.deepEqual(
        layout?.labels.map(({ size }) => size),
        sizes,
      );
    assert.equal(layout?.eachCpu, eachCpu);
  });
}
