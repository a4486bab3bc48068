// test: alone
// Keys that come and go as fast as a program can make them, many clients at once, and a map that is full: the agent goes on,
// what stays in the map is on each page exactly once, and memory follows what the map holds. CHURN_SECONDS=60 for a whole minute.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import type { Churning } from './churning.ts';
import { buildChurning, rssMiB, STABLE } from './churning.ts';

const seconds = Number(process.env['CHURN_SECONDS'] ?? 10);
const KEYS = 20_000;

describe('churn', requires('root', 'btf'), () => {
  let churning: Churning;
  let agent: Agent;

  before(async () => {
    churning = await buildChurning(21_000);
    agent = await startAgent(
      (port) => `
receivers: { ebpf: { programs: [churning], config_dir: '${churning.folder}', on_error: fail } }
processors: { decode: }
exporters: { prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, without_scope_info: true, metric_expiration: 0s } }
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`,
    );
  });
  after(async () => {
    await agent.stop();
    await churning.remove();
  });

  /** Stable keys of a page; the parser refuses a page with a series twice. */
  async function stableKeys(): Promise<number> {
    const { series } = await agent.page();
    return Array.from({ length: STABLE }, (_, i) => series.get(`churning_total{key="${i + 1}"}`) === i + 1).filter(
      Boolean,
    ).length;
  }

  test(`${KEYS} keys churning: stable ones are on each page, memory is bounded`, async () => {
    const state = { running: true };
    const ended = churning.churn(agent, seconds, KEYS).finally(() => (state.running = false));
    while ((await agent.page()).series.get('churning_total{key="100"}') === undefined) assert.ok(state.running);
    const rss: number[] = [];
    while (state.running) {
      assert.equal(await stableKeys(), STABLE);
      rss.push(await rssMiB(agent.pid));
    }
    const { made } = await ended;
    assert.ok(made > 10 * KEYS, `only ${made} keys were made`);
    const middle = Math.max(...rss.slice(0, rss.length >> 1));
    const end = Math.max(...rss.slice(rss.length >> 1));
    assert.ok(
      end <= 1.3 * middle + 8,
      `RSS ${middle.toFixed(0)} MiB in the first half, ${end.toFixed(0)} in the second`,
    );
  });

  test('a full map: the agent goes on, and shows what is in it', async () => {
    const { refused } = await churning.churn(agent, 2, 30_000);
    assert.ok(refused > 0, 'the map was never full');
    assert.equal(await stableKeys(), STABLE);
  });

  test('200 scrapes at once: each is answered whole or refused, and the agent goes on', async () => {
    const usual = await rssMiB(agent.pid);
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () =>
        fetch(agent.url).then(async (r) => ({ status: r.status, text: await r.text() })),
      ),
    );
    const served = answers.filter(({ status }) => status === 200);
    assert.ok(served.length > 0);
    assert.ok(served.every(({ text }) => text.includes('churning_total{key="100"} 100\n')));
    assert.ok(answers.every(({ status }) => status === 200 || status === 503));
    assert.equal(await stableKeys(), STABLE);
    assert.ok((await rssMiB(agent.pid)) <= 2 * usual + 64);
  });
});
