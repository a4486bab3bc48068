// test: alone
// Maps that are full or whose keys come and go, with writers during each read. LOAD_READS sets how many (1000 before a
// release).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { hookConfig } from '../kernel/hook-agent.ts';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import type { Child } from '../support/child.ts';
import { startChild } from '../support/child.ts';
import type { Page } from '../support/page.ts';
import { formatPrograms } from './build.ts';

const run = promisify(execFile);
const READS = Number(process.env['LOAD_READS'] ?? 100);
/** Inserts that found the map full. */
const FAILED = /^(ebpf_exporter_)?otelcol_receiver_ebpf_failed_map_inserts(_total)?$/;
/** Of load_full_total, which is written to with ten times as many keys; in load_churn_total so many keys stay. */
const ENTRIES = 64;
const STABLE = Array.from({ length: ENTRIES }, (_, key) => String(key));
/** Two of them make a hundred thousand calls a second, and some more. */
const WRITERS = 2;
const RATE = 60_000;

/** Values of a metric by its key. */
const values = (page: Page, name: string): Map<string, number> => {
  const samples = page.samples.filter((sample) => sample.name === `ebpf_exporter_${name}`);
  return new Map(samples.map(({ labels, value }) => [labels.get('key') ?? '', value]));
};
const sum = (all: Map<string, number>): number => [...all.values()].reduce((a, b) => a + b, 0);

/** Inserts that the kernel refused, as the page tells them. */
const failed = (page: Page, map: string): number =>
  page.samples
    .filter(({ name, labels }) => FAILED.test(name) && labels.get('map') === map)
    .reduce((total, { value }) => total + value, 0);

describe('maps under load', requires('root', 'btf'), () => {
  let agent: Agent;
  let target: string;
  before(async () => {
    const folder = await formatPrograms();
    target = join(folder, 'format-target');
    agent = await startAgent((port) => hookConfig(['load'], folder, port), { timeoutMs: 180_000 });
  });
  after(async () => agent.stop());

  test('a map filled to ten times its size: what it has no room for is counted', async () => {
    await run(target, [String(ENTRIES * 10)]);
    const page = await agent.page();
    assert.deepEqual([...values(page, 'load_full_total').keys()].sort(), [...STABLE].sort());
    assert.equal(failed(page, 'load_full_total'), ENTRIES * 9);
  });

  /** Keys that stay are on the page, each once (twice is an error of `page()`), and count no less than before. */
  async function check(former: Map<string, number>, read: number): Promise<Map<string, number>> {
    const page = await agent.page();
    const [full, churn] = [values(page, 'load_full_total'), values(page, 'load_churn_total')];
    for (const key of STABLE) {
      const value = full.get(key) ?? -1;
      assert.ok(value >= (former.get(key) ?? 0), `key ${key} is ${value} in read ${read}, was ${former.get(key)}`);
      assert.equal(churn.get(key), 1 + WRITERS, `key ${key} beside those that come and go, in read ${read}`);
    }
    assert.equal(full.size, ENTRIES);
    return full;
  }

  /** Ends it. Answers how many calls it made. */
  async function calls(writer: Child, rates: number[]): Promise<number> {
    const [count, rate] = (await writer.stop('SIGTERM')).logs.trim().split(' ').map(Number);
    rates.push(rate);
    return count;
  }

  test(`written to during ${READS} reads: stable keys in each, each call counted or told as lost`, async (t) => {
    const writer = async (): Promise<Child> => startChild(target, [String(2 ** 31 - 1), '0', String(RATE)]);
    const writers = await Promise.all(Array.from({ length: WRITERS }, writer));
    let full = new Map<string, number>();
    const rates: number[] = [];
    let made = ENTRIES * 10;
    try {
      while (values(await agent.page(), 'load_churn_total').get(STABLE.at(-1) ?? '') !== 1 + WRITERS);
      for (let read = 0; read < READS; read++) full = await check(full, read);
    } finally {
      for (const one of writers) made += await calls(one, rates);
    }
    t.diagnostic(`${made} calls; each writer ${rates.join(', ')} a second`);
    const page = await agent.page();
    assert.equal(sum(values(page, 'load_full_total')) + failed(page, 'load_full_total'), made);
    assert.equal(failed(page, 'load_churn_total'), 0);
  });
});
