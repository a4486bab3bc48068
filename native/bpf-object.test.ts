import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import { BpfObject } from './index.ts';
import { built, failure, u32, u64 } from './testdata/support.ts';

const maps = (): BpfObject => BpfObject.open(built('maps.bpf.o'));
const refused = (): BpfObject => BpfObject.open(built('refused.bpf.o'));

describe('open, without privilege', () => {
  test('tells programs, constants and the license', () => {
    using closing = new Closing(maps());
    const { object } = closing;
    assert.equal(object.name, 'maps');
    assert.equal(object.license, 'Dual BSD/GPL');
    assert.deepEqual(object.programs, [{ name: 'unused', section: 'raw_tp/sys_enter', type: 'raw_tracepoint' }]);
    const sizes = Object.fromEntries(object.constants.map(({ name, size }) => [name, size]));
    assert.deepEqual(sizes, { flag: 1, threshold: 8, kaddr_symbol: 8, level: 4, pair: 16 });
  });

  test('gives own section forms their program type', () => {
    using closing = new Closing(BpfObject.open(built('hooks.bpf.o')));
    const types = Object.fromEntries(closing.object.programs.map(({ section, type }) => [section, type]));
    assert.equal(types['perf_event/type=1,config=0,frequency=100'], 'perf_event');
    assert.equal(types['xdp/lo'], 'xdp');
    assert.equal(types['tp_btf/sched_process_fork'], 'tracing');
  });

  test('leaves out internal maps and describes keys by BTF', () => {
    using closing = new Closing(maps());
    const { object } = closing;
    assert.ok(object.maps.every(({ name }) => !name.includes('.')));
    const hash = object.maps.find(({ name }) => name === 'hash');
    assert.equal(hash?.type, 'hash');
    assert.deepEqual([hash?.keySize, hash?.valueSize, hash?.maxEntries], [24, 8, 1000]);
    assert.equal(hash?.key?.name, 'event_key');
    const members = hash?.key?.members?.map(({ name, offset, type }) => [name, offset, type.kind, type.size]);
    assert.deepEqual(members, [
      ['pid', 0, 'int', 4],
      ['kind', 4, 'int', 4],
      ['comm', 8, 'array', 16],
    ]);
    assert.equal(hash?.key?.members?.[2].type.element?.kind, 'char');
    assert.deepEqual([hash?.value?.name, hash?.value?.signed], ['__u64', false]);
  });

  test('unions, signed members and maps without BTF', () => {
    using closing = new Closing(maps());
    const find = (wanted: string) => closing.object.maps.find(({ name }) => name === wanted);
    const fields = find('two_fields');
    assert.equal(fields?.key?.kind, 'union');
    assert.deepEqual(
      fields?.value?.members?.map(({ type }) => type.signed),
      [false, true],
    );
    assert.equal(find('lpm_trie')?.key, undefined);
    assert.deepEqual([find('ring')?.type, find('percpu_hash')?.type], ['ringbuf', 'percpu_hash']);
  });
});

/** Closes at the end of a test's block. */
class Closing implements Disposable {
  readonly object: BpfObject;
  constructor(object: BpfObject) {
    this.object = object;
  }
  [Symbol.dispose](): void {
    this.object.close();
  }
}

describe('errors before load', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bpf-object-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cases = [
    {
      name: 'missing',
      run: () => BpfObject.open('/no/such.bpf.o'),
      code: 'ENOENT',
      message: /^such: open: ENOENT: No such/,
    },
    { name: 'a folder', run: () => BpfObject.open(folder), code: 'EISDIR', message: /Is a directory/ },
    {
      name: 'empty',
      run: () => BpfObject.open(write('e.bpf.o', '')),
      code: 'LIBBPF_ERRNO__FORMAT',
      message: /not an ELF file/,
    },
    {
      name: 'text',
      run: () => BpfObject.open(write('t.bpf.o', 'x'.repeat(99))),
      code: 'LIBBPF_ERRNO__FORMAT',
      message: /not an ELF file/,
    },
    {
      name: 'not for BPF',
      run: () => BpfObject.open(process.execPath),
      code: /^(LIBBPF_ERRNO__FORMAT|EFBIG)$/,
      message: /another machine|large/,
    },
    {
      name: 'unknown constant',
      run: () => maps().setConstant('nix', 1),
      code: 'ENOENT',
      message: /no global variable 'nix'/,
    },
    {
      name: 'constant too large',
      run: () => maps().setConstant('flag', 256),
      code: 'ERANGE',
      message: /'flag' has 1 bytes/,
    },
    {
      name: 'constant too negative',
      run: () => maps().setConstant('level', -(2 ** 31) - 1),
      code: 'ERANGE',
      message: /4 bytes/,
    },
    {
      name: 'constant of 65 bits',
      run: () => maps().setConstant('threshold', 2n ** 64n),
      code: 'EINVAL',
      message: /64 bits/,
    },
    {
      name: 'constant with a fraction',
      run: () => maps().setConstant('threshold', 0.5),
      code: 'EINVAL',
      message: /no integer/,
    },
    {
      name: 'constant that is a struct',
      run: () => maps().setConstant('pair', 1),
      code: 'EINVAL',
      message: /16 bytes/,
    },
    {
      name: 'unknown program',
      run: () => maps().attach('nix'),
      code: 'ENOENT',
      message: /^maps: attach nix: ENOENT: no such program/,
    },
    {
      name: 'unknown map',
      run: () => maps().reader('nix'),
      code: 'ENOENT',
      message: /^maps: read nix: ENOENT: no such map/,
    },
    { name: 'no entries', run: () => maps().setMaxEntries('hash', 0), code: 'EINVAL', message: /0 entries/ },
    { name: 'read before load', run: () => maps().reader('hash'), code: 'EINVAL', message: /not loaded/ },
    { name: 'attach before load', run: () => maps().attach('unused'), code: 'EINVAL', message: /load/ },
    { name: 'info before load', run: () => maps().runtimeInfo('unused'), code: 'EINVAL', message: /not loaded/ },
  ];
  for (const { name, run, code, message } of cases) {
    test(name, () => {
      const error = failure(run);
      if (typeof code === 'string') assert.equal(error.code, code);
      else assert.match(error.code, code);
      assert.match(error.message, message);
    });
  }

  test('arguments of a wrong type are refused, too', () => {
    const object = maps() as unknown as Record<string, (...args: unknown[]) => unknown>;
    for (const [method, ...args] of [
      ['attach', 5],
      ['setAutoload', 'unused', 'yes'],
      ['attach', 'a\0b'],
      ['mapFd', {}],
    ] as const) {
      assert.throws(() => object[method](...args), TypeError);
    }
  });
});

describe('load', requires('root', 'btf'), () => {
  test('the verifier refuses: its verdict in the message, all of it in the log', () => {
    using closing = new Closing(refused());
    closing.object.setAutoload('no_target', false);
    const error = failure(() => closing.object.load());
    assert.equal(error.operation, 'load');
    assert.equal(error.code, 'EACCES');
    assert.equal(error.program, 'unchecked_pointer');
    assert.match(
      error.message,
      /^refused: load unchecked_pointer: EACCES: .*R0 invalid mem access.* \(\d+ lines left out\)$/,
    );
    assert.match(error.log, /BEGIN PROG LOAD LOG[^]*END PROG LOAD LOG/);
  });

  test('a hook that this kernel has not', () => {
    using closing = new Closing(refused());
    closing.object.setAutoload('unchecked_pointer', false);
    const error = failure(() => closing.object.load());
    assert.equal(error.program, 'no_target');
    assert.match(error.message, /no_kernel_has_this_function/);
  });

  test('programs that are not loaded leave the others alone', () => {
    using closing = new Closing(refused());
    for (const name of ['unchecked_pointer', 'no_target']) closing.object.setAutoload(name, false);
    closing.object.load();
    const { id, tag, jitedSize, runCount, loadTimeUnixNano } = closing.object.runtimeInfo('no_tracepoint');
    assert.ok(id > 0 && jitedSize >= 0 && runCount >= 0);
    assert.match(tag, /^[0-9a-f]{16}$/);
    assert.ok(Math.abs(Number(loadTimeUnixNano) / 1e6 - Date.now()) < 60_000);
    assert.match(
      failure(() => closing.object.attach('no_tracepoint')).message,
      /^refused: attach no_tracepoint: (ENOENT|EINVAL): /,
    );
    assert.equal(closing.object.attached('no_tracepoint'), 0);
  });

  test('constants and sizes are what the kernel gets', () => {
    using closing = new Closing(maps());
    const { object } = closing;
    object.setConstant('threshold', 0xffff_ffff_ffff_fff0n);
    object.setConstant('level', -5);
    object.setMaxEntries('hash', 5);
    object.load();
    assert.equal(object.maps.find(({ name }) => name === 'hash')?.maxEntries, 5);
    for (let i = 0; i < 5; i++) object.update('hash', keyOf(i), u64(i));
    assert.equal(failure(() => object.update('hash', keyOf(5), u64(5))).code, 'E2BIG');
    const late = failure(() => object.setConstant('flag', 1));
    assert.deepEqual([late.code, late.operation], ['EINVAL', 'set_constant']);
    assert.equal(failure(() => object.load()).code, 'EINVAL');
  });

  test('after close everything refuses, and close again does no harm', () => {
    const object = maps();
    object.load();
    const reader = object.reader('hash');
    const stream = object.ringBuffer('ring', () => {});
    object.close();
    object.close();
    const runs = [
      () => object.load(),
      () => object.attach('unused'),
      () => object.lookup('hash', u32(0)),
      () => reader.read(),
    ];
    for (const run of [...runs, () => stream.consume(), () => object.reader('hash')])
      assert.equal(failure(run).code, 'EBADF');
    stream.close();
  });
});

function keyOf(pid: number): Uint8Array {
  return u32(pid, 0, 0, 0, 0, 0);
}
