import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { textOf } from '../test-support.ts';
import { macros, table } from './generate-tables.ts';
import { syscallNames } from './syscall-tables.ts';
import { syscall } from './syscall.ts';

const cases = [
  { arch: 'x64', number: 0, out: 'read' },
  { arch: 'x64', number: 59, out: 'execve' },
  { arch: 'x64', number: 17, out: 'pread64' },
  { arch: 'x64', number: 335, out: 'uretprobe' },
  { arch: 'x64', number: 334, out: 'rseq' },
  { arch: 'x64', number: 400, out: undefined },
  { arch: 'x64', number: 452, out: 'fchmodat2' },
  { arch: 'arm64', number: 0, out: 'io_setup' },
  { arch: 'arm64', number: 221, out: 'execve' },
  { arch: 'arm64', number: 244, out: undefined },
  { arch: 'arm64', number: 452, out: 'fchmodat2' },
  { arch: 's390x', number: 1, out: undefined },
];
for (const { arch, number, out } of cases) {
  it(`${arch} ${number}`, () => assert.equal(syscallNames(arch).get(number), out));
}

it('decodes numbers of this architecture', () => {
  const [number, name] = [...syscallNames(process.arch)].at(-1) ?? [];
  assert.equal(textOf(syscall, String(number)), name);
  assert.equal(textOf(syscall, '99999'), 'unknown_syscall:99999');
  assert.equal(textOf(syscall, '18446744073709551615'), 'unknown_syscall:18446744073709551615');
  assert.equal(textOf(syscall, 'read'), undefined);
});

const hasClang = (): boolean => {
  try {
    execFileSync('clang', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

it("holds all that this system's headers have", { skip: hasClang() ? false : 'no clang' }, () => {
  const names = syscallNames('x64');
  const own = table(macros('asm/unistd.h', 'x86_64-linux-gnu', '/'), /^__NR_/, new Set(['syscalls']));
  assert.ok(process.arch !== 'x64' || own.length > 300, `${own.length} calls`);
  for (const [number, name] of own) assert.equal(names.get(number), name);
});
