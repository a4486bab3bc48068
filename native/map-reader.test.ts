import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import { BpfObject, possibleCpus } from './index.ts';
import type { MapReader, MapSnapshot } from './index.ts';
import { built, failure, u32, u64 } from './testdata/support.ts';

const cpus = requires('root').skip === undefined ? possibleCpus() : 1;

/** Rows as text, sorted: `key bytes in hex` and the values. */
function rows({ count, keys, values }: MapSnapshot, { keySize, fields }: MapReader): string[] {
  return Array.from({ length: count }, (_, row) => {
    const key = Buffer.from(keys.subarray(row * keySize, (row + 1) * keySize)).toString('hex');
    return `${key} ${values.subarray(row * fields, (row + 1) * fields).join(' ')}`;
  }).sort();
}

const hex = (...parts: Uint8Array[]): string => Buffer.concat(parts).toString('hex');

/** A per-CPU value: `of(cpu)` for each possible CPU. */
const perCpu = (of: (cpu: number) => number): Uint8Array => u64(...Array.from({ length: cpus }, (_, cpu) => of(cpu)));
const sumOf = (of: (cpu: number) => number): number =>
  Array.from({ length: cpus }, (_, cpu) => of(cpu)).reduce((a, b) => a + b);

describe('maps of each type', requires('root'), () => {
  let object: BpfObject;
  before(() => {
    object = BpfObject.open(built('maps.bpf.o'));
    object.load();
  });
  after(() => object.close());

  const keyOf: Record<string, (n: number) => Uint8Array> = {
    hash: (n) => u32(n, 1, 2, 3, 4, 5),
    percpu_hash: (n) => u32(n, 1, 2, 3, 4, 5),
    lru_hash: (n) => u64(n),
    two_fields: (n) => u64(n),
    lpm_trie: (n) => new Uint8Array([...u32(32), n, 0, 0, 0]),
  };
  const cases = [
    { map: 'hash', count: 700, value: (n: number) => u64(n * 3), read: (n: number) => `${n * 3}` },
    { map: 'lru_hash', count: 300, value: (n: number) => u64(n), read: (n: number) => `${n}` },
    {
      map: 'percpu_hash',
      count: 700,
      value: (n: number) => perCpu((cpu) => n + cpu),
      read: (n: number) => `${sumOf((cpu) => n + cpu)}`,
    },
    { map: 'lru_percpu_hash', count: 200, value: (n: number) => perCpu(() => n), read: (n: number) => `${n * cpus}` },
    { map: 'array', count: 100, value: (n: number) => u64(n + 1), read: (n: number) => `${n + 1}` },
    {
      map: 'percpu_array',
      count: 100,
      value: (n: number) => perCpu((cpu) => n * cpu),
      read: (n: number) => `${sumOf((cpu) => n * cpu)}`,
    },
    {
      map: 'small_values',
      count: 90,
      value: (n: number) => u32(0xffffff00 + n),
      read: (n: number) => `${0xffffff00 + n}`,
    },
    // The kernel gives each CPU eight bytes; the upper four are not the value's.
    { map: 'small_cpu_values', count: 90, value: (n: number) => perCpu(() => n), read: (n: number) => `${n * cpus}` },
    { map: 'two_fields', count: 90, value: (n: number) => u64(n, n * 2), read: (n: number) => `${n} ${n * 2}` },
    { map: 'lpm_trie', count: 90, value: (n: number) => u64(n), read: (n: number) => `${n}` },
  ];
  for (const { map, count, value, read } of cases) {
    for (const batch of [true, false]) {
      test(`${map}, ${batch ? 'in batches' : 'entry by entry'}`, () => {
        const key = keyOf[map] ?? ((n: number) => u32(n));
        for (let n = 0; n < count; n++) object.update(map, key(n), value(n));
        const reader = object.reader(map, { batch });
        const expected = Array.from({ length: count }, (_, n) => `${hex(key(n))} ${read(n)}`).sort();
        assert.deepEqual(rows(reader.read(), reader), expected);
        assert.deepEqual(rows(reader.read(), reader), expected, 'a second read');
      });
    }
  }

  for (const { map, key, of } of [
    { map: 'percpu_hash', key: u32(7, 0, 0, 0, 0, 0), of: (cpu: number) => 10 + cpu },
    { map: 'lru_percpu_hash', key: u32(7), of: (cpu: number) => 20 + cpu },
  ]) {
    test(`${map}: a row per CPU, its number after the key`, () => {
      const other = BpfObject.open(built('maps.bpf.o'));
      other.load();
      other.update(map, key, perCpu(of));
      const reader = other.reader(map, { perCpu: 'each' });
      assert.equal(reader.keySize, key.length + 2);
      const expected = Array.from({ length: cpus }, (_, cpu) => {
        const number = new Uint8Array(Uint16Array.of(cpu).buffer);
        return `${hex(key, number)} ${of(cpu)}`;
      });
      assert.deepEqual(rows(reader.read(), reader), expected.sort());
      other.close();
    });
  }

  test('a u64 above 2^53 is rounded, its highest bit no sign', () => {
    object.update('array', u32(0), u64(2n ** 64n - 1n));
    object.update('array', u32(1), u64(2n ** 53n + 1n));
    const { values } = object.reader('array').read();
    assert.deepEqual([values[0], values[1]], [2 ** 64, 2 ** 53]);
  });

  for (const { map, why } of [
    { map: 'odd_values', why: /4 and 1 bytes/ },
    { map: 'ring', why: /0 and 0 bytes/ },
  ]) {
    test(`${map} cannot be read`, () => {
      const error = failure(() => object.reader(map));
      assert.deepEqual([error.code, error.operation, error.map], ['EINVAL', 'read', map]);
      assert.match(error.message, why);
    });
  }

  test('lookup, update, delete and their sizes', () => {
    object.update('small_values', u32(95), u32(5));
    assert.deepEqual(object.lookup('small_values', u32(95)), u32(5));
    assert.equal(object.delete('small_values', u32(95)), true);
    assert.equal(object.delete('small_values', u32(95)), false);
    assert.equal(object.lookup('small_values', u32(95)), undefined);
    assert.equal(object.lookup('percpu_array', u32(0))?.length, cpus * 8);
    assert.equal(failure(() => object.update('array', u32(100), u64(1))).code, 'E2BIG');
    const wrong = [
      () => object.lookup('array', u64(1)),
      () => object.update('array', u32(1), u32(1)),
      () => object.delete('hash', u32(1)),
    ];
    for (const run of [...wrong, () => object.fill('array', u32(1, 2), u64(1))])
      assert.equal(failure(run).code, 'EINVAL');
    assert.ok(object.mapFd('array') > 2);
  });
});

describe('growth', requires('root'), () => {
  let object: BpfObject;
  before(() => {
    object = BpfObject.open(built('maps.bpf.o'));
    for (const map of ['lru_hash', 'percpu_hash', 'hash']) object.setMaxEntries(map, 200_000);
    object.load();
  });
  after(() => object.close());

  test('a reader starts small and holds what the map holds', () => {
    const reader = object.reader('lru_hash');
    assert.ok(reader.read().keys.length <= 1024);
    for (const [from, to] of [
      [0, 10],
      [10, 5000],
      [5000, 100_000],
    ]) {
      const numbers = BigUint64Array.from({ length: to - from }, (_, i) => BigInt(from + i));
      object.fill('lru_hash', new Uint8Array(numbers.buffer), new Uint8Array(numbers.buffer));
      const { count, values } = reader.read();
      assert.equal(count, to);
      assert.deepEqual(
        values.slice(0, count).sort(),
        Float64Array.from({ length: to }, (_, i) => i),
      );
    }
    const { keys, values } = reader.read();
    assert.equal(reader.read().keys, keys, 'arrays are reused');
    assert.ok(values.length < 400_000);
  });

  test('a per-CPU map that takes several chunks', () => {
    const count = 150_000;
    const keys = new Uint32Array(count * 6);
    for (let n = 0; n < count; n++) keys[n * 6] = n;
    const values = BigUint64Array.from({ length: count * cpus }, (_, i) => BigInt(Math.floor(i / cpus)));
    object.fill('percpu_hash', new Uint8Array(keys.buffer), new Uint8Array(values.buffer));
    const snapshot = object.reader('percpu_hash').read();
    assert.equal(snapshot.count, count);
    const numbers = new Uint32Array(snapshot.keys.buffer);
    for (let row = 0; row < count; row++) assert.equal(snapshot.values[row], numbers[row * 6] * cpus);
  });

  test('two readers do not disturb each other', () => {
    const [one, two] = [object.reader('lru_hash'), object.reader('lru_hash')];
    const first = one.read();
    const copy = first.values.slice(0, first.count);
    object.fill('lru_hash', u64(...Array(50).keys()), u64(...Array(50).fill(1)));
    two.read();
    assert.deepEqual(first.values.slice(0, first.count), copy);
  });

  test('arrays that were given away are replaced', () => {
    const reader = object.reader('lru_hash');
    const { keys, values, count } = reader.read();
    structuredClone([keys, values], { transfer: [keys.buffer as ArrayBuffer, values.buffer as ArrayBuffer] });
    assert.equal(reader.read().count, count);
  });

  test('a full map says so, and how many are in it', () => {
    const full = BpfObject.open(built('maps.bpf.o'));
    full.load();
    const keys = new Uint32Array(1500 * 6);
    for (let n = 0; n < 1500; n++) keys[n * 6] = n;
    const error = failure(() => full.fill('hash', new Uint8Array(keys.buffer), new Uint8Array(1500 * 8)));
    assert.deepEqual([error.code, error.operation, error.map], ['E2BIG', 'update', 'hash']);
    assert.match(error.message, /after 1000 of 1500 entries/);
    assert.equal(full.reader('hash').read().count, 1000);
    full.close();
  });
});

describe('reading while keys come and go', requires('root'), () => {
  const STABLE = 2000;
  let object: BpfObject;
  let churn: ChildProcess;
  before(() => {
    object = BpfObject.open(built('maps.bpf.o'));
    object.setMaxEntries('churned', 20_000);
    object.load();
    const stable = u64(...Array(STABLE).keys());
    object.fill('churned', stable, stable);
    churn = spawn(built('churn'), [`${STABLE}`, '9000'], {
      stdio: ['pipe', 'inherit', 'inherit', object.mapFd('churned')],
    });
  });
  after(async () => {
    churn.stdin?.end();
    const [status] = (await once(churn, 'exit')) as [number];
    object.close();
    assert.equal(status, 0);
  });

  for (const batch of [true, false]) {
    test(`each key that stays is there, ${batch ? 'in batches' : 'entry by entry'}`, () => {
      const reader = object.reader('churned', { batch });
      let moving = 0;
      for (let round = 0; round < (batch ? 200 : 20); round++) {
        const { count, keys, values } = reader.read();
        const numbers = new BigUint64Array(keys.buffer);
        const seen = new Set<bigint>();
        for (let row = 0; row < count; row++) {
          const stays = numbers[row] < STABLE;
          if (stays) seen.add(numbers[row]);
          else moving++;
          // A single lookup takes no lock: the kernel may give a deleted element to another key while it is copied.
          if (stays || batch) assert.equal(values[row], Number(numbers[row]));
        }
        assert.equal(seen.size, STABLE);
      }
      assert.ok(moving > 0, 'nothing came and went');
    });
  }
});

test('a read costs what the kernel takes', requires('root'), () => {
  const object = BpfObject.open(built('maps.bpf.o'));
  const count = 100_000;
  object.setMaxEntries('hash', count);
  object.load();
  const keys = new Uint32Array(count * 6);
  for (let n = 0; n < count; n++) keys[n * 6] = n;
  object.fill('hash', new Uint8Array(keys.buffer), new Uint8Array(count * 8));
  const reader = object.reader('hash');
  const ratios = Array.from({ length: 5 }, () => fastestRead(reader) / floorOf(object, 'hash', count));
  object.close();
  // 1.0 to 1.1 on a quiet machine; the conversion to doubles is what we add.
  assert.ok(Math.min(...ratios) < 1.3, `ratios to C: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`);
});

function fastestRead(reader: MapReader): number {
  return Math.min(
    ...Array.from({ length: 12 }, () => {
      const start = process.hrtime.bigint();
      reader.read();
      return Number(process.hrtime.bigint() - start);
    }),
  );
}

function floorOf(object: BpfObject, map: string, count: number): number {
  const args = ['24', '8', `${count + 1}`, '12'];
  const { stdout, status } = spawnSync(built('read_floor'), args, {
    stdio: ['ignore', 'pipe', 'inherit', object.mapFd(map)],
  });
  assert.equal(status, 0);
  return Number(stdout.toString());
}
