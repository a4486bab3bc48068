import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import { BpfObject, postAttachMarkPath, triggerPostAttachMark } from './index.ts';
import { built, failure, until } from './testdata/support.ts';

/** An object whose program `emit` writes a record {u64 number, u64 0} into both buffers at each mark. */
function emitter(): BpfObject {
  const object = BpfObject.open(built('hooks.bpf.o'));
  object.setConstant('target_pid', process.pid);
  object.load();
  object.attachUprobe('emit', { path: postAttachMarkPath(), function: 'post_attach_mark' });
  return object;
}

function emit(times: number): void {
  for (let i = 0; i < times; i++) triggerPostAttachMark();
}

/** @returns the CPUs that the main thread was allowed before. */
function onCpus(cpus: string): string {
  const { stdout } = spawnSync('taskset', ['--cpu-list', '--pid', cpus, String(process.pid)], { encoding: 'utf8' });
  const allowed = /current affinity list: (\S+)/.exec(stdout)?.[1];
  assert.ok(allowed !== undefined, 'taskset says what it changes');
  return allowed;
}

const numberIn = (record: Uint8Array): number =>
  Number(new DataView(record.buffer, record.byteOffset).getBigUint64(0, true));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('ring buffer', requires('root', 'btf'), () => {
  let object: BpfObject;
  before(() => {
    object = emitter();
  });
  after(() => object.close());
  let emitted = 0;
  const emitSome = (times: number): number[] => {
    emit(times);
    emitted += times;
    return range(emitted - times, emitted);
  };

  test('records wake the loop, in order, one view for all of a size', async () => {
    const numbers: number[] = [];
    const views = new Set<Uint8Array>();
    const stream = object.ringBuffer('records', (record) => {
      assert.equal(record.length, 16);
      views.add(record);
      numbers.push(numberIn(record));
    });
    const first = emitSome(5000);
    await until('records', () => numbers.length >= 5000);
    const second = emitSome(3);
    await until('more records', () => numbers.length >= 5003);
    assert.deepEqual(numbers, [...first, ...second]);
    assert.equal(views.size, 1);
    stream.close();
    stream.close();
  });

  test('consume() drains now', () => {
    let records = 0;
    const stream = object.ringBuffer('records', () => records++);
    emitSome(100);
    assert.equal(stream.consume(), 100);
    assert.equal(stream.consume(), 0);
    assert.equal(records, 100);
    stream.close();
    assert.equal(failure(() => stream.consume()).code, 'EBADF');
  });

  test('closed within its callback: no more records', () => {
    const numbers: number[] = [];
    const stream = object.ringBuffer('records', (record) => {
      numbers.push(numberIn(record));
      stream.close();
    });
    const [first] = emitSome(10);
    stream.consume();
    assert.deepEqual(numbers, [first]);
  });

  test('not every map is one', () => {
    const error = failure(() => object.ringBuffer('calls', () => {}));
    assert.deepEqual([error.operation, error.code, error.map], ['ring_buffer', 'EINVAL', 'calls']);
    assert.equal(
      failure(() =>
        object.perfBuffer(
          'records',
          {},
          () => {},
          () => {},
        ),
      ).code,
      'EINVAL',
    );
  });
});

describe('perf buffer', requires('root', 'btf'), () => {
  let object: BpfObject;
  before(() => {
    object = emitter();
  });
  after(() => object.close());

  test('events wake the loop', async () => {
    const numbers: number[] = [];
    const stream = object.perfBuffer(
      'events',
      {},
      (event, cpu) => {
        assert.ok(cpu >= 0);
        numbers.push(numberIn(event));
      },
      () => assert.fail('lost'),
    );
    emit(500);
    await until('events', () => numbers.length >= 500);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      range(0, 500),
    );
    stream.close();
  });

  // The kernel tells of a loss with the next event of the same CPU that fits: the test must not change CPUs in between.
  test('what the kernel drops is counted', (context) => {
    const cpus = onCpus('0');
    context.after(() => onCpus(cpus));
    let [events, lost] = [0, 0];
    const stream = object.perfBuffer(
      'events',
      { pages: 1 },
      () => events++,
      (count) => (lost += count),
    );
    emit(3000);
    stream.consume();
    emit(10);
    stream.consume();
    emit(10);
    stream.consume();
    assert.ok(lost > 0);
    assert.equal(events + lost, 3020);
    stream.close();
  });

  for (const pages of [0, 3, 8192, 1.5]) {
    test(`${pages} pages are refused`, () => {
      const error = failure(() =>
        object.perfBuffer(
          'events',
          { pages },
          () => {},
          () => {},
        ),
      );
      assert.match(error.message, /expected a power of two/);
    });
  }
});

/** Runs a script in which `object` emits and `index` is the door. */
function script(body: string): { stdout: string; stderr: string; status: number | null } {
  const source = `
    import * as index from '${import.meta.resolve('./index.ts')}';
    const object = index.BpfObject.open('${built('hooks.bpf.o')}');
    object.setConstant('target_pid', process.pid);
    object.load();
    object.attachUprobe('emit', { path: index.postAttachMarkPath(), function: 'post_attach_mark' });
    ${body}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8', timeout: 60_000 });
}

describe('streams in a process', requires('root', 'btf'), () => {
  test('an open stream does not keep it alive', () => {
    const { status, stderr } = script(`object.ringBuffer('records', () => {});`);
    assert.deepEqual([status, stderr], [0, '']);
  });

  test('records that wait when the process ends without it do no harm', () => {
    const { status, stderr } = script(`
      object.ringBuffer('records', () => {});
      for (let i = 0; i < 100; i++) index.triggerPostAttachMark();
      await new Promise(() => {});`);
    assert.equal(status, 13, stderr);
    assert.doesNotMatch(stderr, /terminate/);
  });

  test('an exception of the callback is an uncaughtException, and the next record follows', () => {
    const { stdout, status } = script(`
      process.on('uncaughtException', (error) => console.log(error.message));
      let records = 0;
      object.ringBuffer('records', () => { throw new Error('record ' + records++); });
      index.triggerPostAttachMark();
      index.triggerPostAttachMark();
      setTimeout(() => console.log('alive'), 200);`);
    assert.deepEqual([stdout, status], ['record 0\nrecord 1\nalive\n', 0]);
  });

  test('without a handler it ends the process, as any exception', () => {
    const { stderr, status } = script(`
      object.ringBuffer('records', () => { throw new Error('unhandled'); });
      index.triggerPostAttachMark();
      setTimeout(() => {}, 1000);`);
    assert.match(stderr, /Error: unhandled/);
    assert.equal(status, 1);
  });

  test('promises of the callback run', () => {
    const { stdout } = script(`
      object.ringBuffer('records', async () => { await null; console.log('after'); });
      index.triggerPostAttachMark();
      setTimeout(() => {}, 100);`);
    assert.equal(stdout, 'after\n');
  });
});
