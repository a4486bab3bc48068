import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { requires } from '../test/support/abilities.ts';
import { mapsUnreadable } from './capabilities.ts';
import { parseCapabilities } from './index.ts';

const door = JSON.stringify(new URL('index.ts', import.meta.url).href);

/** In a process of its own, with Node's thread pool started: what it prints after `keep`. */
function afterKeeping(keep: string, then: string): { status: number | null; out: string; err: string } {
  const script = `
    import { keepCapabilities } from ${door};
    import { readdirSync, readFileSync, statSync } from 'node:fs';
    import { stat } from 'node:fs/promises';
    import { Worker } from 'node:worker_threads';
    new Worker('setInterval(() => {}, 1000)', { eval: true }).unref();
    await Promise.all(Array.from({ length: 8 }, () => stat('/')));
    keepCapabilities(${JSON.stringify(keep.split(',').filter(Boolean))});
    const status = (task) => readFileSync('/proc/self/task/' + task + '/status', 'utf8');
    const sets = (task) => status(task).match(/^Cap.*/gm).join(' ').replaceAll(/\\s+/g, ' ');
    const threads = readdirSync('/proc/self/task');
    ${then}`;
  const args = ['--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
  return { status, out: stdout, err: stderr };
}

const print = 'console.log(threads.length > 5, [...new Set(threads.map(sets))].join("; "))';
const setsOf = (kept: string, inherited = '0'.repeat(16)): string =>
  `CapInh: ${inherited} CapPrm: ${kept} CapEff: ${kept} CapBnd: ${kept} CapAmb: ${inherited}`;

describe('keepCapabilities', requires('root'), () => {
  test('every thread has lost all, for good', () => {
    const { status, out, err } = afterKeeping('', print);
    assert.deepEqual([status, err, out], [0, '', `true ${setsOf('0'.repeat(16))}\n`]);
  });

  test('every thread has what is kept, and nothing else', () => {
    const { out } = afterKeeping('cap_syslog,cap_dac_override', print);
    assert.equal(out, `true ${setsOf('0000000400000002')}\n`);
  });

  test('less can be kept later, more cannot', () => {
    const { out } = afterKeeping(
      'cap_syslog,cap_kill',
      `keepCapabilities(['cap_kill']); console.log(sets(threads[0]).includes('CapPrm: 0000000000000020'));
       try { keepCapabilities(['cap_syslog', 'cap_kill']); } catch (error) { console.log(error.message); }`,
    );
    assert.equal(out, 'true\nthis process does not have cap_syslog\n');
  });

  test('a program that is started has no more', () => {
    const { out } = afterKeeping(
      'cap_kill',
      `const { spawnSync } = await import('node:child_process');
       console.log(spawnSync('grep', ['CapPrm', '/proc/self/status'], { encoding: 'utf8' }).stdout.trim());`,
    );
    assert.equal(out, 'CapPrm:\t0000000000000020\n');
  });
});

describe('parseCapabilities', () => {
  test('takes lists and none', () => {
    assert.deepEqual(parseCapabilities('cap_syslog, CAP_BPF'), ['cap_syslog', 'cap_bpf']);
    assert.deepEqual(parseCapabilities('none'), []);
  });
  test('names what is no capability', () => {
    assert.throws(() => parseCapabilities('cap_bpf,syslog'), /got "syslog"; did you mean cap_syslog\?$/);
    assert.throws(() => parseCapabilities(''), /expected all, none or capabilities such as .*, got ""$/);
  });
});

describe('mapsUnreadable', () => {
  const cases: { kernel: string; disabled: number; kept: string[]; needed?: string }[] = [
    { kernel: '6.18.44', disabled: 2, kept: [] },
    { kernel: '5.19.0-rc1', disabled: 2, kept: [] },
    { kernel: '5.18.1', disabled: 2, kept: ['cap_syslog'], needed: 'cap_bpf' },
    { kernel: '5.10.0-39-amd64', disabled: 2, kept: ['cap_bpf'] },
    { kernel: '5.10.0-39-amd64', disabled: 0, kept: [] },
    { kernel: '5.4.0', disabled: 1, kept: ['cap_bpf'], needed: 'cap_sys_admin' },
  ];
  for (const { kernel, disabled, kept, needed } of cases) {
    test(`Linux ${kernel}, unprivileged_bpf_disabled=${disabled}, kept ${kept.join() || 'none'}: ${needed}`, () => {
      const said = mapsUnreadable(kept, kernel, disabled);
      assert.equal(/only with (\w+):/.exec(said ?? '')?.[1], needed);
    });
  }
});
