// Debian's real Prometheus, scraping one target once a second.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrometheus } from './abilities.ts';
import { freePort, startChild, untilChild } from './child.ts';
import type { Child, Exit } from './child.ts';

export interface QuerySample {
  /** `__name__` included where the expression keeps it. */
  labels: Map<string, string>;
  value: number;
}

export interface Prometheus {
  /** An instant query; throws with Prometheus's own message when the expression is wrong. */
  query: (expression: string) => Promise<QuerySample[]>;
  /** Type, help and unit of each metric, as Prometheus read them from the page. */
  metadata: () => Promise<Record<string, { type: string; help: string; unit: string }[]>>;
  /** Resolves when `expression` gives at least one sample. */
  answers: (expression: string, timeoutMs?: number) => Promise<QuerySample[]>;
  logs: () => string;
  stop: () => Promise<Exit>;
}

/** `target` is `host:port`; labels `job="agent"` and `instance` come from the configuration. Needs `requires('prometheus')`. */
export async function startPrometheus(target: string, metricsPath = '/metrics'): Promise<Prometheus> {
  const program = findPrometheus('prometheus');
  if (program === undefined) throw new Error('no prometheus: run scripts/setup.sh test');
  const folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
  const port = await freePort();
  await writeFile(join(folder, 'prometheus.yml'), configuration(target, metricsPath));
  const child = await startChild(program, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ]);
  return watch(child, `http://127.0.0.1:${port}`, folder);
}

async function watch(child: Child, url: string, folder: string): Promise<Prometheus> {
  const query = async (expression: string): Promise<QuerySample[]> =>
    samples(await ask(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`));
  await untilChild(child, 'Prometheus is ready', async () => ((await fetch(`${url}/-/ready`)).ok ? true : undefined));
  return {
    query,
    metadata: async () => byMetric(await ask(`${url}/api/v1/targets/metadata`)),
    answers: async (expression, timeoutMs) => {
      const probe = async (): Promise<QuerySample[] | undefined> => {
        const found = await query(expression);
        return found.length === 0 ? undefined : found;
      };
      return untilChild(child, `Prometheus answers ${expression}`, probe, timeoutMs);
    },
    logs: child.logs,
    stop: async () => {
      const exit = await child.stop();
      await rm(folder, { recursive: true });
      return exit;
    },
  };
}

function configuration(target: string, metricsPath: string): string {
  return `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: agent
    metrics_path: ${metricsPath}
    static_configs: [{ targets: ['${target}'] }]
`;
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url);
  const answer = (await response.json()) as { status: string; error?: string; data: unknown };
  if (answer.status !== 'success') throw new Error(`Prometheus: ${answer.error}`);
  return answer.data;
}

function samples(data: unknown): QuerySample[] {
  const { result } = data as { result: { metric: Record<string, string>; value: [number, string] }[] };
  return result.map(({ metric, value }) => ({
    labels: new Map(Object.entries(metric)),
    value: Number(value[1].replace('Inf', 'Infinity')),
  }));
}

interface TargetMetadata {
  metric: string;
  type: string;
  help: string;
  unit: string;
}

function byMetric(data: unknown): Record<string, TargetMetadata[]> {
  return Object.groupBy(data as TargetMetadata[], ({ metric }) => metric) as Record<string, TargetMetadata[]>;
}
