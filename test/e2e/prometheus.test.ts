// A real Prometheus scrapes the real agent on this machine's kernel, and answers PromQL about it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import type { Page } from '../support/page.ts';
import { startPrometheus } from '../support/prometheus.ts';
import type { Prometheus, QuerySample } from '../support/prometheus.ts';
import { assertBetween } from './between.ts';
import { syncedWrites } from './disk.ts';

const config = (port: number, openMetrics: boolean): string => `
receivers:
  ebpf: { programs: [timers, raw-tracepoints, biolatency] }
processors:
  decode:
exporters:
  prometheus:
    endpoint: 127.0.0.1:${port}
    namespace: ebpf_exporter
    add_metric_suffixes: false
    without_scope_info: true
    enable_open_metrics: ${openMetrics}
service:
  pipelines:
    metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] }
`;

// What Prometheus writes about the scrape itself.
const ofTheScrape = /^(up|scrape_.*)$/;

/** Where OpenMetrics calls a metric of the text format by another type. */
function openMetricsType(name: string, type: string): string {
  if (name === 'target_info') return 'info';
  return type === 'counter' && !name.endsWith('_total') ? 'unknown' : type;
}

// Prometheus asks for OpenMetrics first, and takes the text format where that is all there is.
for (const openMetrics of [true, false]) {
  describe(
    `a real Prometheus, ${openMetrics ? 'OpenMetrics' : 'text format'}`,
    requires('root', 'btf', 'prometheus'),
    () => {
      let agent: Agent;
      let prometheus: Prometheus;

      before(async () => {
        agent = await startAgent((port) => config(port, openMetrics));
        await syncedWrites(20);
        prometheus = await startPrometheus(`127.0.0.1:${agent.port}`);
        await prometheus.answers('up{job="agent"} == 1');
      });
      after(async () => {
        await prometheus?.stop();
        await agent?.stop();
      });

      /** All that a scrape between the two pages brought. */
      async function scrapeBetween(): Promise<{ earlier: Page; seen: QuerySample[]; later: Page }> {
        const earlier = await agent.page();
        const start = Date.now() / 1000;
        await prometheus.answers(`timestamp(up{job="agent"}) > ${start}`);
        // One evaluation time for all series; the next scrape is due within the second, hence the page right after.
        const seen = await prometheus.query('{job="agent"}');
        const later = await agent.page();
        return { earlier, seen, later };
      }

      it('has each series of the page, with its labels and value, and no other', async () => {
        const { earlier, seen, later } = await scrapeBetween();
        const samples = seen.map(({ labels, value }) => {
          const own = [...labels].filter(([label]) => !['__name__', 'job', 'instance'].includes(label));
          return { name: labels.get('__name__') ?? '', labels: new Map(own), value };
        });
        const ofTheAgent = samples.filter(({ name }) => !ofTheScrape.test(name) && name !== 'target_info');
        assertBetween(earlier, later, ({ name }) => name !== 'target_info', ofTheAgent);
      });

      it('reads the type and help of each metric as the page has them', async () => {
        const { families } = await agent.page();
        const metadata = await prometheus.metadata();
        for (const [name, { type, help }] of families) {
          // OpenMetrics names the family, not its series.
          const told = metadata[name]?.[0] ?? metadata[name.replace(/_(total|info)$/, '')]?.[0];
          const expected = type === 'untyped' ? 'unknown' : openMetrics ? openMetricsType(name, type) : type;
          assert.deepEqual([told?.help, told?.type], [help ?? '', expected], name);
        }
      });

      const questions = [
        'sum(rate(ebpf_exporter_timer_starts_total{function!=""}[10s])) > 0',
        'sum(rate(ebpf_exporter_raw_timer_starts_total[10s])) > 0',
        'count by (function) (ebpf_exporter_timer_starts_total)',
        'histogram_quantile(0.99, sum by (le) (ebpf_exporter_bio_latency_seconds_bucket{operation="write"})) > 0',
        'ebpf_exporter_bio_latency_seconds_sum / ebpf_exporter_bio_latency_seconds_count > 0',
        'ebpf_exporter_enabled_configs{name="biolatency"} == 1',
        'ebpf_exporter_ebpf_program_attached == 1',
        'ebpf_exporter_build_info',
      ];
      for (const question of questions) {
        it(`answers ${question}`, async () => {
          await syncedWrites(5);
          assert.ok((await prometheus.answers(question, 15_000)).length > 0);
        });
      }

      it('saw every scrape succeed', async () => {
        const [failed] = await prometheus.answers('count_over_time(up[1h]) - sum_over_time(up[1h])');
        assert.equal(failed?.value, 0);
      });
    },
  );
}
