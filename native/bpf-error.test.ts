import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BpfError, objectName } from './bpf-error.ts';

const verifierLog = `libbpf: prog 'count': BPF program load failed: Permission denied
libbpf: prog 'count': -- BEGIN PROG LOAD LOG --
; __u64 *value = bpf_map_lookup_elem(&values, &zero);
0: (b7) r1 = 0
7: (7b) *(u64 *)(r0 +0) = r1
R0 invalid mem access 'map_value_or_null'
processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
-- END PROG LOAD LOG --
libbpf: prog 'count': failed to load: -13
libbpf: failed to load object 'timers'
`;

const cases = [
  {
    name: 'the verifier: its last lines, and the program from the log',
    fields: {
      code: 'EACCES',
      operation: 'load',
      object: 'dir/timers.bpf.o',
      detail: 'Permission denied',
      log: verifierLog,
    },
    message:
      "timers: load count: EACCES: 7: (7b) *(u64 *)(r0 +0) = r1; R0 invalid mem access 'map_value_or_null' (8 lines left out)",
    program: 'count',
  },
  {
    name: 'libbpf: its first line',
    fields: {
      code: 'ESRCH',
      operation: 'load',
      object: 'x.o',
      detail: 'No such process',
      log: "libbpf: prog 'p': failed to find kernel BTF type ID of 'f': -3\nlibbpf: prog 'p': failed to load: -3\n",
    },
    message: "x: load p: ESRCH: failed to find kernel BTF type ID of 'f': -3 (1 line left out)",
    program: 'p',
  },
  {
    name: 'no log: the detail',
    fields: { code: 'E2BIG', operation: 'update', object: 'x.bpf.o', map: 'hash', detail: 'Argument list too long' },
    message: 'x: update hash: E2BIG: Argument list too long',
    program: undefined,
  },
  {
    name: 'about no object',
    fields: { code: 'EPERM', operation: 'info', object: '', detail: 'Operation not permitted' },
    message: 'info: EPERM: Operation not permitted',
    program: undefined,
  },
];

for (const { name, fields, message, program } of cases) {
  test(name, () => {
    const error = new BpfError(fields);
    assert.equal(error.message, message);
    assert.equal(error.program, program);
    assert.equal(error.log, fields.log ?? '');
  });
}

test('an object is called by its file name', () => {
  assert.deepEqual(['a/b/c.bpf.o', 'c.o', 'c.d.bpf.o'].map(objectName), ['c', 'c', 'c.d']);
});
