// The processor on a real series table, collection by collection, as the pipeline calls it.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Attributes } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { Processor, SpanBatch } from '../../src/component.ts';
import type { KeyLabel, MetricFamily } from '../../src/metric-batch.ts';
import { SeriesTable } from '../../src/series-table.ts';
import { OwnTelemetry } from '../../src/telemetry.ts';
import { decode } from './index.ts';
import { LogLines, testHost, u32, u64 } from './test-support.ts';

const label = (name: string, offset: number, size: number, ...decoders: KeyLabel['decoders'][0][]): KeyLabel => ({
  name,
  offset,
  size,
  decoders,
});
const uint = { name: 'uint' };
const string = { name: 'string' };

class Bench {
  readonly log = new LogLines();
  readonly telemetry = new OwnTelemetry('normal', '1', {});
  readonly table: SeriesTable;
  readonly processor: Processor;
  readonly #keySize: number;

  constructor(t: TestContext, keySize: number, labels: readonly KeyLabel[], config = {}, files = {}) {
    const { root } = testHost(t, files);
    this.#keySize = keySize;
    this.table = new SeriesTable(keySize, labels);
    const parsed = decode.config.parse({ root_path: root, ...config }, [], (path, message) =>
      assert.fail(`${path.join()}: ${message}`),
    );
    assert.ok(parsed !== undefined);
    const { log: logger, telemetry } = this;
    const settings = {
      id: 'decode',
      kind: 'processor',
      version: '1',
      generation: 1,
      logger,
      telemetry,
      fatal: assert.fail,
    } as const;
    this.processor = decode.create(settings, parsed);
  }

  /** One collection of these keys, with value 1 each. @returns what exporters would see. */
  collect(...keys: Uint8Array[]): [Attributes | null | undefined, number][] {
    const values = new Float64Array(keys.length).fill(1);
    this.table.begin();
    const rows = this.table.intern(Buffer.concat(keys, keys.length * this.#keySize), keys.length, values, 1);
    const keepFrom = this.table.sweepDue(rows);
    if (keepFrom > 0) this.table.sweep(keepFrom);
    const family: MetricFamily = {
      descriptor: { name: 'm_total', description: '', unit: '', valueType: ValueType.INT },
      kind: 'counter',
      startTimeUnixNano: 0n,
      scope: { name: 'test' },
      source: 'program',
      series: this.table,
      bounds: new Float64Array(0),
      rows,
      ids: this.table.ids,
      values,
    };
    this.processor.process({ resource: {}, timeUnixNano: 0n, families: [family] });
    this.table.fold(family);
    return Array.from({ length: family.rows }, (_, row) => [
      this.table.attributes[family.ids[row]],
      family.values[row],
    ]);
  }

  /** The agent's own counters whose name has `part`: `{label values} -> value`. */
  counted(part: string): Record<string, number> {
    const { families } = this.telemetry.source(0, 0).collect();
    const found = families.filter(({ descriptor }) => descriptor.name.includes(part));
    return Object.fromEntries(
      found.flatMap(({ rows, values, series }) =>
        Array.from({ length: rows }, (_, row) => [Object.values(series.attributes[row] ?? {}).join(' '), values[row]]),
      ),
    );
  }
}

const task = (pid: number, comm: string): Uint8Array =>
  Buffer.concat([u32(pid), u32(3), Buffer.from(comm.padEnd(16, '\0'))]);

it('gives attributes in the order of the labels, all of one shape', (t) => {
  const bench = new Bench(t, 24, [label('pid', 0, 4, uint), label('cpu', 4, 4, uint), label('comm', 8, 16, string)]);
  const seen = bench.collect(task(1, 'bash'), task(2, 'sshd'));
  assert.equal(
    JSON.stringify(seen),
    JSON.stringify([
      [{ pid: '1', cpu: '3', comm: 'bash' }, 1],
      [{ pid: '2', cpu: '3', comm: 'sshd' }, 1],
    ]),
  );
});

it('reads no bytes of padding or of a neighbour', (t) => {
  const bench = new Bench(t, 12, [label('a', 0, 4, string), label('b', 8, 4, { name: 'hex' })]);
  assert.deepEqual(bench.collect(Buffer.from('abcdEFGH\x01\x02\x03\x04')), [[{ a: 'abcd', b: '01020304' }, 1]]);
});

it('a metric without labels has one series without attributes', (t) => {
  assert.deepEqual(new Bench(t, 4, []).collect(u32(0)), [[{}, 1]]);
});

it('labels may have any name', (t) => {
  const bench = new Bench(t, 8, [label('__proto__', 0, 4, uint), label('constructor', 4, 4, uint)]);
  const [[attributes]] = bench.collect(Buffer.concat([u32(1), u32(2)]));
  assert.deepEqual(Object.entries(attributes ?? {}), [
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
});

it('adds up keys that decode to the same, and leaves out those that no regexp matches', (t) => {
  const bench = new Bench(t, 4, [label('comm', 0, 4, string, { name: 'regexp', regexps: ['^[a-c]'] })]);
  const keys = ['ab', 'ac', 'b', 'zz'].map((text) => Buffer.from(text.padEnd(4, '\0')));
  for (let round = 0; round < 3; round++)
    assert.deepEqual(bench.collect(...keys), [
      [{ comm: 'a' }, 2],
      [{ comm: 'b' }, 1],
    ]);
  assert.deepEqual(bench.counted('dropped_series'), { 'program m_total comm regexp': 1 });
  assert.deepEqual(bench.counted('decoder_errors_total'), {});
});

it('a bad key costs itself, is counted once and told once', (t) => {
  const bench = new Bench(t, 8, [label('error', 0, 8, string, { name: 'errno' })]);
  const keys = ['32', 'x', 'y', '0'].map((text) => Buffer.from(text.padEnd(8, '\0')));
  for (let round = 0; round < 3; round++)
    assert.deepEqual(bench.collect(...keys), [
      [{ error: 'EPIPE' }, 1],
      [{ error: 'unknown:0' }, 1],
    ]);
  assert.deepEqual(bench.counted('decoder_errors_total'), { program: 2 });
  assert.deepEqual(bench.counted('dropped_series'), { 'program m_total error invalid_key': 2 });
  assert.deepEqual(bench.log.lines, ['a key could not be decoded']);
});

it('a chain that cannot be made fails its keys, not the page', (t) => {
  const bench = new Bench(t, 4, [label('x', 0, 4, { name: 'regexp', regexps: ['('] })]);
  assert.deepEqual(bench.collect(u32(1), u32(2)), []);
  assert.deepEqual(bench.counted('decoder_errors_total'), { program: 2 });
});

it('cleans what is not UTF-8 and counts it by series', (t) => {
  const bench = new Bench(t, 4, [label('comm', 0, 4, string)]);
  const keys = [Buffer.from('a\xff\0\0', 'latin1'), Buffer.from('a\xfe\0\0', 'latin1')];
  for (let round = 0; round < 2; round++) assert.deepEqual(bench.collect(...keys), [[{ comm: 'a\ufffd' }, 2]]);
  assert.deepEqual(bench.counted('cleaned_labels'), { 'program m_total comm': 2 });
});

it('an answer that may heal is asked for again, one that may not is not', (t) => {
  const files = { 'proc/kallsyms': 'ffffffff81000000 T known\n' };
  const bench = new Bench(t, 8, [label('function', 0, 8, { name: 'ksym' })], {}, files);
  const unknown = { function: 'unknown_addr:0xffffffff82000000' };
  assert.deepEqual(bench.collect(u64(0xffffffff81000000n), u64(0xffffffff82000000n)), [
    [{ function: 'known' }, 1],
    [unknown, 1],
  ]);
  assert.equal(bench.table.unsettledCount, 1);
  bench.collect(u64(0xffffffff81000000n), u64(0xffffffff82000000n));
  assert.equal(bench.table.unsettledCount, 1);
});

it('collapse makes many unknown cgroups one series', (t) => {
  const labels = [label('cgroup', 0, 8, uint, { name: 'cgroup' })];
  const keys = Array.from({ length: 50 }, (_, i) => u64(BigInt(1e15 + i)));
  assert.equal(new Bench(t, 8, labels).collect(...keys).length, 50);
  const collapsed = new Bench(t, 8, labels, { unknown_cgroups: 'collapse' });
  assert.deepEqual(collapsed.collect(...keys), [[{ cgroup: 'unknown_cgroup_id' }, 50]]);
});

it('keys that differ only across labels stay apart', (t) => {
  const bench = new Bench(t, 8, [label('a', 0, 4, string), label('b', 4, 4, string)]);
  assert.equal(bench.collect(Buffer.from('a|b\0c\0\0\0'), Buffer.from('a\0\0\0b|c\0')).length, 2);
});

const SPAN_LABELS = [
  label('trace_id', 0, 16, { name: 'hex' }),
  label('span_duration_ns', 16, 8, uint),
  label('comm', 24, 8, string, { name: 'regexp', regexps: ['^[a-y]+$'] }),
  label('error', 32, 8, string, { name: 'errno' }),
];

it('makes spans of records, and counts those that it leaves out', (t) => {
  const bench = new Bench(t, 1, []);
  const record = (comm: string, errno: string): Uint8Array =>
    Buffer.concat([
      Buffer.alloc(16, 0xab),
      u64(1500n),
      Buffer.from(comm.padEnd(8, '\0')),
      Buffer.from(errno.padEnd(8, '\0')),
    ]);
  const from = { source: 'exec', labels: SPAN_LABELS, name: 'exec', service: '' };
  const records = [record('bash', '32'), record('zsh', '32'), record('bash', 'x'), record('sshd', '2')];
  const batch: SpanBatch = { resource: {}, scope: { name: 'test' }, spans: [], records: [{ ...from, records }] };
  bench.processor.processSpans?.(batch);
  assert.deepEqual(batch.records, []);
  const seen = batch.spans.map(({ traceId, attributes, startTimeUnixNano, endTimeUnixNano }) => [
    traceId,
    attributes['comm'],
    attributes['error'],
    endTimeUnixNano - startTimeUnixNano,
  ]);
  assert.deepEqual(seen, [
    ['ab'.repeat(16), 'bash', 'EPIPE', 1500n],
    ['ab'.repeat(16), 'sshd', 'ENOENT', 1500n],
  ]);
  assert.deepEqual(bench.counted('dropped_series'), { 'exec exec comm regexp': 1, 'exec exec error invalid_key': 1 });
  assert.deepEqual(bench.counted('decoder_errors_total'), { exec: 1 });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function held(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it('memory stays flat while keys come and go', (t) => {
  const bench = new Bench(t, 16, [label('comm', 0, 16, string)], { cache_size: 4096 });
  const round = (n: number): void => {
    bench.collect(...Array.from({ length: 10_000 }, (_, i) => Buffer.from(`${n}-${i}`.padEnd(16, '\0'))));
  };
  for (let n = 0; n < 10; n++) round(n);
  const before = held();
  for (let n = 10; n < 40; n++) round(n);
  const after = held();
  assert.ok(after < before * 1.1 + (2 << 20), `${before} bytes before, ${after} after`);
});
