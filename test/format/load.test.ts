// test: alone
// A map that is full, with writers during reads. LOAD_READS sets how many (1000 before a release).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { hookConfig } from '../kernel/hook-agent.ts';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { startChild } from '../support/child.ts';
import type { Page } from '../support/page.ts';
import { formatPrograms } from './build.ts';

const run = promisify(execFile);
const READS = Number(process.env['LOAD_READS'] ?? 50);
/** Inserts that found the map full. */
const FAILED = /^(ebpf_exporter_)?otelcol_receiver_ebpf_failed_map_inserts(_total)?$/;
/** Of load_full_total. */
const ENTRIES = 64;

const values = (page: Page, name: string): Map<string, number> => {
  const samples = page.samples.filter((sample) => sample.name === `ebpf_exporter_${name}`);
  return new Map(samples.map(({ labels, value }) => [labels.get('key') ?? '', value]));
};

/** Inserts that the kernel refused, as the page tells them. */
const failed = (page: Page): number =>
  page.samples
    .filter(({ name, labels }) => FAILED.test(name) && labels.get('map') === 'load_full_total')
    .reduce((sum, { value }) => sum + value, 0);

describe('maps under load', requires('root', 'btf'), () => {
  let agent: Agent;
  let target: string;
  before(async () => {
    const folder = await formatPrograms();
    target = join(folder, 'format-target');
    agent = await startAgent((port) => hookConfig(['load'], folder, port), { timeoutMs: 180_000 });
  });
  after(async () => agent.stop());

  test('a map filled to ten times its size, written to during each read', async () => {
    await run(target, [String(ENTRIES * 10)]);
    const first = await agent.page();
    const keys = Array.from({ length: ENTRIES }, (_, key) => String(key));
    assert.deepEqual([...values(first, 'load_full_total').keys()].sort(), keys.sort());
    assert.equal(failed(first), ENTRIES * 9);
    const writer = await startChild('sh', ['-c', `while :; do ${target} ${ENTRIES * 10}; done`]);
    try {
      for (let read = 0; read < READS; read++) {
        // The page with a series twice is an error of `page()`.
        const now = values(await agent.page(), 'load_full_total');
        for (const key of keys) assert.ok((now.get(key) ?? 0) >= 1, `key ${key} is missing in read ${read}`);
        assert.equal(now.size, ENTRIES);
      }
    } finally {
      await writer.stop('SIGKILL');
    }
  });
});
