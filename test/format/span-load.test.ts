// test: alone
// Spans in numbers: right times, ten thousand a second without loss, and with more than there is room for each one that
// does not arrive is counted.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import { OtlpBackend } from '../support/otlp-backend.ts';
import { formatPrograms } from './build.ts';

const run = promisify(execFile);
const SECONDS = 5;
const RATE = 10_000;
const FLOOD = 1_000_000;
const TIMES = 20;
const MS = 1_000_000n;
/** Numbers of a test's spans begin here. */
const FIRST = { times: 1, rate: 1_000_000, flood: 10_000_000 } as const;

const config = (folder: string, url: string, port: number): string => `
receivers: { ebpf: { programs: [flood], config_dir: ${folder}, on_error: fail } }
processors: { decode: }
exporters: { otlp_http: { endpoint: '${url}', encoding: json, compression: none }, prometheus: { endpoint: 127.0.0.1:${port} } }
service: { pipelines: { metrics: { receivers: [ebpf], exporters: [prometheus] }, traces: { receivers: [ebpf], processors: [decode], exporters: [otlp_http] } } }
`;

interface Span {
  startTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
}
interface Push {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

describe('spans under load', requires('root', 'btf'), () => {
  let agent: Agent;
  let backend: OtlpBackend;
  let target: string;
  /** Start times by number, of all spans that have arrived. */
  const starts = new Map<number, bigint>();
  let arrived = 0;

  before(async () => {
    const folder = await formatPrograms();
    target = join(folder, 'format-target');
    backend = await OtlpBackend.start();
    agent = await startAgent((port) => config(folder, backend.url, port), { timeoutMs: 180_000 });
  });
  after(async () => {
    await agent.stop();
    await backend.stop();
  });

  /** Takes what the backend has received. */
  function take(): void {
    for (const { body } of backend.received.splice(0)) {
      const { resourceSpans } = JSON.parse(body.toString()) as Push;
      const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
      for (const { startTimeUnixNano, attributes } of spans) {
        const { stringValue, intValue } = attributes.find(({ key }) => key === 'number')?.value ?? {};
        starts.set(Number(stringValue ?? intValue), BigInt(startTimeUnixNano));
        arrived++;
      }
    }
  }

  /** Sum of the agent's own counters of losses on the way. */
  async function lost(): Promise<number> {
    const { samples } = await agent.page();
    const losses =
      /failed_map_inserts|lost_events|dropped_series|(send|enqueue)_failed_spans|dropped_spans|refused_spans/;
    return samples.filter(({ name }) => losses.test(name)).reduce((sum, { value }) => sum + value, 0);
  }

  /** Waits until `count` more spans than `from` have arrived or are told as lost. Answers how many are lost. */
  async function accounted(from: number, count: number): Promise<number> {
    return until(`${count} spans have arrived or are counted as lost`, async () => {
      const losses = await lost();
      take();
      return arrived - from + losses >= count ? losses : undefined;
    });
  }

  test('times are those of the wall clock, to a millisecond', async () => {
    const bounds: [begin: bigint, end: bigint][] = [];
    for (let i = 0; i < TIMES; i++) {
      const { stdout } = await run(target, ['1', String(FIRST.times + i), '1000']);
      const [, , begin, end] = stdout.trim().split(' ');
      bounds.push([BigInt(begin), BigInt(end)]);
    }
    assert.equal(await accounted(0, TIMES), 0);
    bounds.forEach(([begin, end], i) => {
      const start = starts.get(FIRST.times + i) ?? 0n;
      assert.ok(start >= begin - MS && start <= end + MS, `${start} for ${begin} to ${end}`);
    });
  });

  test(`${RATE} a second, none lost`, async (t) => {
    const from = arrived;
    const count = RATE * SECONDS;
    const { stdout } = await run(target, [String(count), String(FIRST.rate), String(RATE)]);
    assert.equal(await accounted(from, count), 0);
    assert.equal(arrived - from, count);
    for (let i = 0; i < count; i++) assert.ok(starts.has(FIRST.rate + i), `span ${i} is missing`);
    t.diagnostic(`${stdout.split(' ')[1]} spans a second`);
  });

  test('more than there is room for: each is there or counted', async (t) => {
    const from = arrived;
    await run(target, [String(FLOOD), String(FIRST.flood)]);
    const losses = await accounted(from, FLOOD);
    t.diagnostic(`${losses} of ${FLOOD} lost`);
    assert.equal(arrived - from + losses, FLOOD);
    assert.ok(losses > 0, 'nothing was lost');
  });
});
