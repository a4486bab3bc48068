import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import { BpfObject, postAttachMarkPath, releaseMemory, triggerPostAttachMark } from './index.ts';
import { built, failure, u32, until } from './testdata/support.ts';

/** Slots of `calls` in hooks.bpf.c. */
const Slot = { RAW_TP: 0, TP_BTF: 1, TRACEPOINT: 2, UPROBE: 3, USDT: 5, PERF: 6, XDP: 7, KPROBE: 8 } as const;
const TIMES = 7;
const ALL_CPUS = 0;
const SOFTWARE = { type: 1, config: 0 };

/** Each makes its event happen TIMES times. */
const fork = (): void => {
  for (let i = 0; i < TIMES; i++) spawnSync('true');
};
const mark = (): void => {
  for (let i = 0; i < TIMES; i++) triggerPostAttachMark();
};
const fire = (): void => {
  assert.equal(spawnSync(built('usdt_target'), [`${TIMES}`]).status, 0);
};

describe('attach', requires('root', 'btf', 'tracefs'), () => {
  let object: BpfObject;
  before(() => {
    object = BpfObject.open(built('hooks.bpf.o'));
    object.setConstant('target_pid', process.pid);
    object.load();
    // libuv starts its threads at the first child.
    spawnSync('true');
  });
  after(() => object.close());

  const calls = (slot: number): number =>
    Number(new BigUint64Array(object.lookup('calls', u32(slot))?.buffer ?? new ArrayBuffer(8))[0]);
  const markPath = { path: postAttachMarkPath(), function: 'post_attach_mark' };

  const cases = [
    { program: 'raw_tp_fork', slot: Slot.RAW_TP, attach: () => object.attach('raw_tp_fork'), event: fork },
    {
      program: 'raw_tp_fork',
      slot: Slot.RAW_TP,
      attach: () => object.attachRawTracepoint('raw_tp_fork', 'sched_process_fork'),
      event: fork,
    },
    { program: 'tp_btf_fork', slot: Slot.TP_BTF, attach: () => object.attach('tp_btf_fork'), event: fork },
    { program: 'tracepoint_fork', slot: Slot.TRACEPOINT, attach: () => object.attach('tracepoint_fork'), event: fork },
    {
      program: 'tracepoint_fork',
      slot: Slot.TRACEPOINT,
      attach: () => object.attachTracepoint('tracepoint_fork', 'sched', 'sched_process_fork'),
      event: fork,
    },
    {
      program: 'uprobe_any',
      slot: Slot.UPROBE,
      attach: () => object.attachUprobe('uprobe_any', markPath),
      event: mark,
    },
    {
      program: 'uprobe_any',
      slot: Slot.UPROBE,
      attach: () => object.attachUprobe('uprobe_any', { ...markPath, pid: 0 }),
      event: mark,
    },
    {
      program: 'uprobe_any',
      slot: Slot.UPROBE,
      attach: () => object.attachUprobe('uprobe_any', { ...markPath, retprobe: true }),
      event: mark,
    },
    {
      program: 'usdt_any',
      slot: Slot.USDT,
      attach: () => object.attachUsdt('usdt_any', { path: built('usdt_target'), provider: 'testdata', name: 'tick' }),
      event: fire,
    },
  ];
  for (const { program, slot, attach, event } of cases) {
    test(attach.toString().slice(6), () => {
      attach();
      assert.equal(object.attached(program), 1);
      const start = calls(slot);
      event();
      assert.equal(calls(slot) - start, TIMES);
      object.detach(program);
      object.detach(program);
      assert.equal(object.attached(program), 0);
      event();
      assert.equal(calls(slot) - start, TIMES, 'after detach');
    });
  }

  for (const retprobe of [false, true]) {
    test(`a function of the kernel, ${retprobe ? 'its return' : 'its entry'}`, () => {
      const attach = (): void => object.attachKprobe('kprobe_any', 'proc_tgid_stat', { retprobe });
      if (!existsSync('/sys/bus/event_source/devices/kprobe')) {
        assert.match(failure(attach).message, /^hooks: attach kprobe_any: E\w+: \S/);
        return;
      }
      attach();
      const start = calls(Slot.KPROBE);
      for (let i = 0; i < TIMES; i++) readFileSync('/proc/self/stat');
      assert.equal(calls(Slot.KPROBE) - start, TIMES);
      object.detach('kprobe_any');
    });
  }

  test('a perf event on a CPU', async () => {
    object.attachPerfEvent('perf_clock', { ...SOFTWARE, frequency: 100, cpu: ALL_CPUS });
    assert.equal(object.attached('perf_clock'), 1);
    await until('ticks of the CPU clock', () => calls(Slot.PERF) > 2);
    object.detach('perf_clock');
  });

  test('an interface', async () => {
    object.attachXdp('xdp_lo', Number(readFileSync('/sys/class/net/lo/ifindex', 'utf8')));
    const socket = createSocket('udp4');
    socket.send('x', 9, '127.0.0.1', () => socket.close());
    await until('a packet on lo', () => calls(Slot.XDP) > 0);
    object.detach('xdp_lo');
  });

  test('a probe in this process outlives releaseMemory()', () => {
    object.attachUprobe('uprobe_any', markPath);
    mark();
    const start = calls(Slot.UPROBE);
    releaseMemory();
    mark();
    assert.equal(calls(Slot.UPROBE) - start, TIMES);
    object.detach('uprobe_any');
    // Without a probe the text is let go, and comes back when it is run.
    releaseMemory();
    mark();
  });

  const refusals = [
    {
      name: 'no such function',
      run: () => object.attachUprobe('uprobe_any', { ...markPath, function: 'nix' }),
      code: 'ENOENT',
    },
    {
      name: 'no such file',
      run: () => object.attachUprobe('uprobe_any', { ...markPath, path: '/no/file' }),
      code: 'ENOENT',
    },
    {
      name: 'no such tracepoint',
      run: () => object.attachTracepoint('tracepoint_fork', 'sched', 'nix'),
      code: 'ENOENT',
    },
    {
      name: 'no such probe',
      run: () => object.attachUsdt('usdt_any', { path: built('usdt_target'), provider: 'testdata', name: 'nix' }),
      code: 'ENOENT',
    },
    {
      name: 'no such CPU',
      run: () => object.attachPerfEvent('perf_clock', { ...SOFTWARE, cpu: 9999 }),
      code: /EINVAL|ENODEV/,
    },
    {
      name: 'no such event',
      run: () => object.attachPerfEvent('perf_clock', { type: 1, config: 999, cpu: 0 }),
      code: /ENOENT|EINVAL/,
    },
    { name: 'no such interface', run: () => object.attachXdp('xdp_lo', 0xfffff), code: /EINVAL|ENODEV/ },
    { name: 'a section that libbpf does not attach', run: () => object.attach('perf_clock'), code: 'EOPNOTSUPP' },
    {
      name: 'offset below 0',
      run: () => object.attachUprobe('uprobe_any', { path: markPath.path, offset: -1 }),
      code: 'EINVAL',
    },
    { name: 'CPU below 0', run: () => object.attachPerfEvent('perf_clock', { ...SOFTWARE, cpu: -1 }), code: 'EINVAL' },
  ];
  for (const { name, run, code } of refusals) {
    test(`refused: ${name}`, () => {
      const error = failure(run);
      assert.equal(error.operation, 'attach');
      if (typeof code === 'string') assert.equal(error.code, code);
      else assert.match(error.code, code);
      assert.match(error.message, /^hooks: attach( \w+)?: E[A-Z0-9]+: \S/);
    });
  }
});
