import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import {
  BpfObject,
  btfHasFunction,
  btfHasTracepoint,
  btfTracepointArguments,
  jitedBytes,
  libbpfVersion,
  possibleCpus,
  probeHelper,
  probeMapType,
  probeProgramType,
} from './index.ts';
import { built, failure } from './testdata/support.ts';

test('the version of the shared libbpf', () => {
  const [major, minor] = libbpfVersion().split('.').map(Number);
  assert.ok(major > 1 || (major === 1 && minor >= 1), libbpfVersion());
});

test('possible CPUs', () => {
  const ranges = readFileSync('/sys/devices/system/cpu/possible', 'utf8').trim().split(/[,-]/);
  assert.equal(possibleCpus(), Number(ranges.at(-1)) + 1);
});

describe("the kernel's BTF", requires('btf'), () => {
  const cases = [
    { name: 'a function', run: () => btfHasFunction('vfs_read'), out: true },
    { name: 'no function', run: () => btfHasFunction('no_kernel_has_this_function'), out: false },
    { name: 'a type is no function', run: () => btfHasFunction('task_struct'), out: false },
    { name: 'a tracepoint', run: () => btfHasTracepoint('sched_process_fork'), out: true },
    { name: 'no tracepoint', run: () => btfHasTracepoint('no_such_tracepoint'), out: false },
    { name: 'arguments', run: () => btfTracepointArguments('sched_process_fork'), out: 2 },
    { name: 'arguments of none', run: () => btfTracepointArguments('no_such_tracepoint'), out: undefined },
    { name: 'a file that is not there', run: () => btfHasFunction('vfs_read', '/no/btf'), out: undefined },
    { name: 'a file without BTF', run: () => btfHasTracepoint('sched_switch', '/dev/null'), out: undefined },
    { name: "an object's own", run: () => btfHasFunction('raw_tp_fork', built('hooks.bpf.o')), out: true },
  ];
  for (const { name, run, out } of cases) {
    test(name, () => {
      assert.equal(run(), out);
      assert.equal(run(), out, 'asked again');
    });
  }
});

describe('probes', requires('root', 'btf'), () => {
  test('types that every kernel since 5.10 has', () => {
    assert.ok(['tracepoint', 'raw_tracepoint', 'perf_event', 'xdp'].every(probeProgramType));
    assert.ok(['hash', 'percpu_hash', 'lru_hash', 'ringbuf', 'perf_event_array'].every(probeMapType));
  });

  test('helpers: bpf_map_lookup_elem, and one that no kernel has', () => {
    assert.deepEqual([probeHelper('tracepoint', 1), probeHelper('tracepoint', 100_000)], [true, false]);
  });

  test('a type that libbpf does not know', () => {
    for (const run of [() => probeProgramType('nix'), () => probeMapType('nix'), () => probeHelper('nix', 1)]) {
      const error = failure(run);
      assert.deepEqual([error.code, error.operation, error.object], ['EINVAL', 'probe', '']);
    }
  });

  test('machine code of all programs', () => {
    const object = BpfObject.open(built('maps.bpf.o'));
    object.load();
    const { jitedSize } = object.runtimeInfo('unused');
    assert.ok(jitedBytes() >= jitedSize);
    object.close();
  });
});
