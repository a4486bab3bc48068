// test: alone
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';

const folder = import.meta.dirname;

function make(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync('make', ['-s', '-C', folder, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

/** Leaks are lifecycle.test.ts's: V8 leaves too much behind for LeakSanitizer to say anything of us. */
function sanitized(args: string[]): { output: string; status: number | null } {
  const { NODE_TEST_CONTEXT: _nested, ...inherited } = process.env;
  const env = {
    ...inherited,
    EBPF_ADDON: join(folder, 'build/asan/addon.node'),
    LD_PRELOAD: make('asan-preload'),
    ASAN_OPTIONS: 'detect_leaks=0',
  };
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { output: stdout + stderr, status };
}

describe('with AddressSanitizer and UndefinedBehaviorSanitizer', requires('root', 'btf'), () => {
  before(() => make('-j2', 'asan'));

  for (const file of ['bpf-object', 'map-reader', 'event-stream', 'damaged-object']) {
    test(file, () => {
      const { output, status } = sanitized(['--test', '--test-skip-pattern=/costs/', join(folder, `${file}.test.ts`)]);
      assert.equal(status, 0, output);
      assert.doesNotMatch(output, /Sanitizer|runtime error/);
    });
  }
});
