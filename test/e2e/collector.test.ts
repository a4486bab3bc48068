// A real OpenTelemetry Collector receives the agent's push over OTLP, in both encodings, and shows what arrived.
import assert from 'node:assert/strict';
import { arch, hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import { buildCollector, startCollector } from '../support/collector.ts';
import type { Collector } from '../support/collector.ts';
import { parseReceived } from '../support/debug-output.ts';
import type { Received, ReceivedMetric } from '../support/debug-output.ts';
import { parsePage } from '../support/page.ts';
import type { Sample } from '../support/page.ts';
import { assertBetween } from './between.ts';
import { syncedWrites } from './disk.ts';

const config = (port: number, endpoint: string, encoding: string): string => `
receivers:
  ebpf: { programs: [timers, raw-tracepoints, biolatency], collection_interval: 1s, initial_delay: 0s }
processors:
  resource_detection: { detectors: [env, system, os] }
  decode:
exporters:
  prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, without_scope_info: true }
  otlp_http: { endpoint: '${endpoint}', encoding: ${encoding} }
service:
  pipelines:
    metrics: { receivers: [ebpf], processors: [resource_detection, decode], exporters: [prometheus, otlp_http] }
`;

const programMetrics = /^(timer_starts_total|raw_timer_starts_total|bio_latency_seconds)(_bucket|_sum|_count)?$/;
const isOfProgram = ({ name }: Sample): boolean => programMetrics.test(name);
const wantedResource = ['host.name', 'host.arch', 'os.type', 'service.name', 'service.instance.id'];

for (const encoding of ['proto', 'json']) {
  describe(`a real Collector, encoding ${encoding}`, requires('root', 'btf', 'go'), () => {
    let collector: Collector;
    let agent: Agent;
    let startedMs: number;
    let servedMs: number;

    before(async () => {
      await buildCollector();
      collector = await startCollector();
      startedMs = Date.now();
      agent = await startAgent((port) => config(port, collector.endpoint, encoding));
      servedMs = Date.now();
      await syncedWrites(20);
      await collector.untilReceived(/Name: bio_latency_seconds\n/);
    });
    after(async () => {
      await agent?.stop();
      await collector?.stop();
    });

    /** The last complete resource that has the programs' metrics. */
    function lastReceived(): Received {
      const found = parseReceived(collector.received()).filter(({ metrics }) => metrics.has('bio_latency_seconds'));
      const last = found.at(-1);
      assert.ok(last, 'nothing received');
      return last;
    }

    function metric(name: string): ReceivedMetric {
      const found = lastReceived().metrics.get(name);
      assert.ok(found, `${name} was not received`);
      return found;
    }

    it('shows each series of the programs with its labels and value, and no other', async () => {
      const earlier = await agent.page();
      // Past the next push, so that each of its values was read after the first page.
      await sleep(2500);
      const text = await collector.page();
      const later = await agent.page();
      const fromResource = new Set([...lastReceived().resource.keys()].map((name) => name.replaceAll('.', '_')));
      const seen = parsePage(text).samples.filter(isOfProgram);
      const withoutResource = seen.map(({ name, labels, value }) => {
        const own = [...labels].filter(
          ([label]) => !fromResource.has(label) && label !== 'job' && label !== 'instance',
        );
        return { name, labels: new Map(own), value };
      });
      assertBetween(earlier, later, isOfProgram, withoutResource);
    });

    for (const name of ['timer_starts_total', 'raw_timer_starts_total']) {
      it(`${name} is a monotonic cumulative sum since the load`, () => {
        const { dataType, isMonotonic, temporality, points } = metric(name);
        assert.deepEqual([dataType, isMonotonic, temporality], ['Sum', true, 'Cumulative']);
        assertStart(points.map(({ startTimeUnixMs }) => startTimeUnixMs));
      });
    }

    it('bio_latency_seconds is a cumulative histogram in seconds with explicit bounds, since the load', async () => {
      const { dataType, temporality, unit, points } = metric('bio_latency_seconds');
      assert.deepEqual([dataType, temporality, unit], ['Histogram', 'Cumulative', 's']);
      assertStart(points.map(({ startTimeUnixMs }) => startTimeUnixMs));
      const buckets = (await agent.page()).samples.filter(({ name }) => name === 'bio_latency_seconds_bucket');
      const onPage = new Set(buckets.map(({ labels }) => Number(labels.get('le')?.replace('Inf', 'Infinity'))));
      for (const { bounds } of points) assertClose(bounds, [...onPage].filter(Number.isFinite));
    });

    it('carries the resource of this machine and agent', () => {
      const { resource } = lastReceived();
      for (const name of wantedResource) assert.ok(resource.get(name), `${name} is missing`);
      assert.equal(resource.get('host.name'), hostname());
      assert.equal(resource.get('host.arch'), arch() === 'x64' ? 'amd64' : 'arm64');
      assert.equal(resource.get('os.type'), 'linux');
    });

    it('receives a last push when the agent is told to stop', async () => {
      const pushes = parseReceived(collector.received()).length;
      await syncedWrites(5);
      const { status } = await agent.stop();
      assert.equal(status, 0);
      await sleep(200);
      assert.ok(parseReceived(collector.received()).length > pushes);
    });

    function assertStart(startsMs: number[]): void {
      assert.ok(startsMs.length > 0, 'no points');
      for (const start of startsMs) assert.ok(startedMs <= start && start <= servedMs, `start time ${start}`);
    }
  });
}

// The debug exporter writes six decimals.
function assertClose(found: number[], wanted: number[]): void {
  assert.equal(found.length, wanted.length);
  const sorted = [...wanted].sort((a, b) => a - b);
  for (const [index, bound] of sorted.entries()) assert.ok(Math.abs((found[index] ?? NaN) - bound) < 1e-6, `${bound}`);
}
