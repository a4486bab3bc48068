// test: alone
// What users lean on besides their metrics: label sets that are flushed, a program that can't be, the built-in metrics by
// the names that dashboards use.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import type { Page } from '../support/page.ts';
import { formatPrograms } from './build.ts';

const run = promisify(execFile);
const STATS = '/proc/sys/kernel/bpf_stats_enabled';

/** Labels as they are on the page, to value. */
type Samples = { labels: Record<string, string>; value: number }[];

const of = ({ samples }: Page, name: string): Samples =>
  samples
    .filter((sample) => sample.name === name || sample.name === `ebpf_exporter_${name}`)
    .map(({ labels, value }) => ({ labels: Object.fromEntries(labels), value }));

describe('edges of the format', requires('root', 'btf'), () => {
  let agent: Agent;
  let target: string;
  before(async () => {
    const folder = await formatPrograms();
    target = join(folder, 'format-target');
    agent = await startAgent(
      (port) => `
receivers: { ebpf: { programs: [absent, events], config_dir: ${folder} } }
processors: { decode: }
exporters:
  prometheus:
    endpoint: 127.0.0.1:${port}
    namespace: ebpf_exporter
    add_metric_suffixes: false
    without_scope_info: true
    metric_expiration: 0s
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`,
      { timeoutMs: 180_000 },
    );
  });
  after(async () => agent.stop());

  const call = async (times: number, first: number): Promise<unknown> => run(target, [String(times), String(first)]);
  const numbers = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      of(await agent.page(), 'event_numbers_total').map(({ labels, value }) => [labels['number'] ?? '', value]),
    );

  test('a kernel address that is missing: that program is off and says why, the others serve', async () => {
    const page = await agent.page();
    const states = of(page, 'otelcol_receiver_ebpf_program_state').filter(({ value }) => value === 1);
    const state = (config: string): Record<string, string> | undefined =>
      states.find(({ labels }) => labels['config'] === config)?.labels;
    assert.equal(state('absent')?.['state'], 'failed');
    assert.match(state('absent')?.['reason'] ?? '', /format_no_such_symbol.*kallsyms/);
    assert.equal(state('events')?.['state'], 'active');
    assert.deepEqual(of(page, 'absent_total'), []);
    assert.deepEqual(of(page, 'event_calls_total').length, 1);
    assert.match(agent.logs(), /format_no_such_symbol/);
  });

  test('flush_interval forgets label sets without events, and no others', async () => {
    await call(3, 0);
    assert.deepEqual(
      await until('three label sets', async () => {
        const found = await numbers();
        return Object.keys(found).length === 3 ? found : undefined;
      }),
      { 0: 1, 1: 1, 2: 1 },
    );
    let calls = 1;
    await until('those without events are forgotten', async () => {
      await call(1, 1);
      calls++;
      const found = await numbers();
      assert.equal(found['1'], calls, 'the one with events goes on');
      return Object.keys(found).length === 1 ? true : undefined;
    });
    await call(2, 0);
    assert.deepEqual(await numbers(), { 0: 1, 1: calls + 1 });
  });

  test('built-in metrics', async () => {
    const statistics = readFileSync(STATS, 'utf8');
    writeFileSync(STATS, '1');
    try {
      const former = of(await agent.page(), 'ebpf_program_run_count_total');
      const calls = of(await agent.page(), 'event_calls_total')[0].value;
      await call(123, 0);
      const page = await agent.page();
      assert.deepEqual(of(page, 'enabled_configs'), [{ labels: { name: 'events' }, value: 1 }]);
      assert.equal(of(page, 'build_info')[0].value, 1);
      assert.deepEqual(of(page, 'decoder_errors_total'), [{ labels: { config: 'events' }, value: 0 }]);
      const [{ labels, value }, ...others] = of(page, 'ebpf_program_info');
      assert.deepEqual([value, others], [1, []]);
      const { id, tag, ...names } = labels;
      assert.deepEqual(names, { config: 'events', program: 'call_event' });
      assert.match(tag, /^[0-9a-f]{16}$/);
      assert.deepEqual(of(page, 'ebpf_program_attached'), [{ labels: { id }, value: 1 }]);
      assert.equal(of(page, 'event_calls_total')[0].value - calls, 123);
      assert.equal(of(page, 'ebpf_program_run_count_total')[0].value - former[0].value, 123);
      const [time] = of(page, 'ebpf_program_run_time_seconds');
      assert.deepEqual(time.labels, { id });
      assert.ok(time.value > 0 && time.value < 123, `${time.value} s`);
    } finally {
      writeFileSync(STATS, statistics);
    }
    if (statistics.trim() === '0') {
      const page = await agent.page();
      assert.deepEqual(of(page, 'ebpf_program_run_count_total'), [], 'nothing is shown that the kernel does not count');
    }
  });
});
