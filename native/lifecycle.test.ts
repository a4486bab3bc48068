// test: alone
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { requires } from '../test/support/abilities.ts';
import { built, until } from './testdata/support.ts';

const PRELUDE = `
  import { Worker, isMainThread } from 'node:worker_threads';
  import { setImmediate as turn } from 'node:timers/promises';
  import { BpfObject, triggerPostAttachMark, postAttachMarkPath } from '${import.meta.resolve('./index.ts')}';
  import { kernelDescriptors } from '${import.meta.resolve('./testdata/support.ts')}';
  const count = () => kernelDescriptors().length;
  function start(uprobe = true) {
    const object = BpfObject.open('${built('hooks.bpf.o')}');
    object.setConstant('target_pid', process.pid);
    object.load();
    object.attach('tp_btf_fork');
    // The kernel takes a tenth of a second to end one.
    if (uprobe) object.attachUprobe('emit', { path: postAttachMarkPath(), function: 'post_attach_mark' });
    const reader = object.reader('calls');
    const ring = object.ringBuffer('records', () => {});
    const perf = object.perfBuffer('events', { pages: 1 }, () => {}, () => {});
    reader.read();
    return { object, reader, ring, perf };
  }
`;

function run(body: string, ...flags: string[]): { stdout: string; stderr: string; status: number | null } {
  const args = [...flags, '--expose-gc', '--input-type=module', '-e', PRELUDE + body];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 });
}

/** Whether a program is in the kernel. */
function inKernel(id: string): boolean {
  return spawnSync('bpftool', ['prog', 'show', 'id', id]).status === 0;
}

describe('lifecycle', requires('root', 'btf'), () => {
  test('close gives everything back', () => {
    const { stdout, stderr, status } = run(`
      const { object, ring } = start();
      console.log(count() > 10);
      object.close();
      object.close();
      ring.close();
      await turn();
      console.log(count());`);
    assert.deepEqual([stdout, stderr, status], ['true\n0\n', '', 0]);
  });

  test('exit with everything open', () => {
    const { stderr, status } = run(`globalThis.kept = start();`);
    assert.deepEqual([stderr, status], ['', 0]);
    const left = run(`globalThis.kept = start(); process.exit(3);`);
    assert.deepEqual([left.stderr, left.status], ['', 3]);
  });

  test('an object that nobody holds goes with the garbage', () => {
    const { stdout, status } = run(`
      const open = () => { const object = BpfObject.open('${built('hooks.bpf.o')}'); object.load(); object.attach('tp_btf_fork'); };
      open();
      console.log(count() > 0);
      for (let i = 0; i < 20 && count() > 0; i++) { globalThis.gc(); await turn(); }
      console.log(count());`);
    assert.deepEqual([stdout, status], ['true\n0\n', 0]);
  });

  test('a reader keeps working while its object is only held by it', () => {
    const { stdout } = run(`
      const reader = (() => { const object = BpfObject.open('${built('hooks.bpf.o')}'); object.load(); return object.reader('calls'); })();
      for (let i = 0; i < 5; i++) { globalThis.gc(); await turn(); }
      try { console.log(reader.read().count); } catch (error) { console.log(error.code); }`);
    assert.equal(stdout, '9\n');
  });

  test('in a worker: two at once, ended by themselves and by terminate()', () => {
    const { stdout, stderr, status } = run(`
      const bodies = ['globalThis.kept = start();', 'globalThis.kept = start(); setInterval(() => {}, 1000);'];
      for (let round = 0; round < 5; round++) {
        const workers = bodies.map((body) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(PRELUDE)} + body))));
        await new Promise((resolve) => setTimeout(resolve, 300));
        await Promise.all(workers.map((worker) => worker.terminate()));
      }
      await turn();
      console.log(count());`);
    assert.deepEqual([stdout, stderr, status], ['0\n', '', 0]);
  });

  test('kill -9: nothing is left in the kernel', async () => {
    const body = `globalThis.kept = start(); console.log(kept.object.runtimeInfo('tp_btf_fork').id); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', PRELUDE + body]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const id = line.toString().trim();
    assert.ok(inKernel(id));
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until('the program to go', () => !inKernel(id));
  });

  test('hundreds of opens leak neither descriptors nor memory', () => {
    const { stdout, stderr } = run(`
      async function rounds(n) {
        for (let i = 0; i < n; i++) {
          const { object, reader } = start(i % 25 === 0);
          triggerPostAttachMark();
          reader.read();
          object.close();
          await turn();
          try { BpfObject.open('/nix'); } catch {}
          try { object.load(); } catch {}
        }
        globalThis.gc(); await turn(); globalThis.gc(); await turn();
        return process.memoryUsage.rss();
      }
      await rounds(100);
      const before = [await rounds(50), count()];
      const after = [await rounds(200), count()];
      console.log(JSON.stringify({ fds: [before[1], after[1]], growth: after[0] - before[0] }));`);
    assert.equal(stderr, '');
    const { fds, growth } = JSON.parse(stdout) as { fds: number[]; growth: number };
    assert.deepEqual(fds, [0, 0]);
    // One kept object is some 100 KiB: 200 of them would be 20 MiB.
    assert.ok(growth < 4 * 1024 * 1024, `RSS grew by ${growth} bytes in 200 rounds`);
  });
});
