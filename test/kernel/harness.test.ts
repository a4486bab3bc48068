import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { requires } from '../support/abilities.ts';
import { addonFor } from './cross-build.ts';
import { fixtures } from './fixtures.ts';
import { bootGuest } from './harness.ts';

const repository = resolve(import.meta.dirname, '../..');

test('a guest runs the command on its own kernel and hands back output and exit status', requires('qemu'), async () => {
  const mark = join(repository, 'written-by-a-guest');
  const script = `node -p "[process.version, require('os').release(), process.cwd(), process.env.WORDS].join('|')"
    echo to stderr >&2; test -r /sys/kernel/btf/vmlinux && test -d /sys/kernel/tracing/events && echo probes
    test -b /dev/vda && echo disk; echo x > ${mark} && cat ${mark}; exit 7`;
  const guest = await bootGuest('bookworm', ['sh', '-c', script], { env: { WORDS: `it's "two" words` } });
  const first = [process.version, guest.release, repository, `it's "two" words`].join('|');
  assert.equal(guest.output, `${first}\nto stderr\nprobes\ndisk\nx\n`);
  assert.equal(guest.status, 7);
  assert.match(guest.release, /^6\.1\./);
  assert.equal(existsSync(mark), false, 'the guest wrote through to the host');
});

test('a guest that takes too long is an error', requires('qemu'), async () => {
  await assert.rejects(bootGuest('bookworm', ['true'], { timeoutMs: 500 }), /no exit status \(took over 500 ms\)/);
});

test('an arm64 guest runs Node for arm64', requires('qemu-arm64'), async () => {
  const guest = await bootGuest('trixie', ['node', '-p', '[process.arch, process.version].join()'], {
    architecture: 'arm64',
  });
  assert.deepEqual([guest.status, guest.output], [0, `arm64,${process.version}\n`]);
});

test('the addon and the programs for arm64 load there', requires('qemu-arm64'), async () => {
  const programs = join(await fixtures('arm64'), 'programs');
  const script = `const { BpfObject } = await import('${repository}/native/index.ts');
    const object = BpfObject.open('${programs}/timers/timers.bpf.o');
    object.load();
    console.log(process.arch, object.programs.length > 0);
    object.close();`;
  const guest = await bootGuest('trixie', ['node', '--input-type=module', '-e', script], {
    architecture: 'arm64',
    env: await addonFor('arm64'),
  });
  assert.deepEqual([guest.status, guest.output], [0, 'arm64 true\n']);
});
