// A real OpenTelemetry Collector, made by its own builder from Go modules and kept in the user's cache folder.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache.ts';
import { freePort, startChild, untilChild } from './child.ts';
import type { Child, Exit } from './child.ts';
import { setUpGo } from './go.ts';
import type { Go } from './go.ts';

const run = promisify(execFile);
const version = '0.155.0';
const program = join(cacheFolder, `otelcol-${version}`);

const modules = `receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver v${version}
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/debugexporter v${version}
  - gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter v${version}
  - gomod: github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusexporter v${version}
`;

export interface Collector {
  /** Base of the OTLP/HTTP receiver: what an exporter's `endpoint` is. */
  endpoint: string;
  /** The text of its Prometheus exporter's page: all that it received, resource attributes as labels. */
  page: () => Promise<string>;
  /** What its debug exporter has written at `verbosity: detailed`, and its logs. */
  received: () => string;
  untilReceived: (pattern: RegExp, timeoutMs?: number) => Promise<string>;
  stop: () => Promise<Exit>;
}

/** Builds once, about a minute and a half; later calls return at once. Needs `requires('go')`. */
export async function buildCollector(): Promise<string> {
  if (existsSync(program)) return program;
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, 'otelcol-build-'));
  try {
    await build(folder, await setUpGo('1.25.0'));
    // Last, and at once: a program in the cache is always a whole one.
    await rename(join(folder, 'dist/otelcol'), program);
  } finally {
    await rm(folder, { recursive: true });
  }
  return program;
}

async function build(folder: string, { program: go, env }: Go): Promise<void> {
  const config = `dist: { name: otelcol, output_path: ${folder}/dist, go: ${go}, version: ${version} }\n${modules}`;
  await writeFile(join(folder, 'builder.yaml'), config);
  const options = { env: { ...env, GOBIN: folder }, maxBuffer: 64 << 20 };
  await run(go, ['install', `go.opentelemetry.io/collector/cmd/builder@v${version}`], options);
  await run(join(folder, 'builder'), ['--config', join(folder, 'builder.yaml')], options);
}

/** Starts it on free ports of the loopback and waits until both of them answer. */
export async function startCollector(): Promise<Collector> {
  const [receiver, page] = [await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'otelcol-'));
  await writeFile(join(folder, 'config.yaml'), configuration(receiver, page));
  const child = await startChild(await buildCollector(), ['--config', join(folder, 'config.yaml')]);
  await untilChild(child, 'the Collector listens', async () => {
    await fetch(`http://127.0.0.1:${receiver}/`);
    return (await fetch(`http://127.0.0.1:${page}/metrics`)).ok ? true : undefined;
  });
  return handle(child, receiver, page, folder);
}

function handle(child: Child, receiver: number, page: number, folder: string): Collector {
  return {
    endpoint: `http://127.0.0.1:${receiver}`,
    page: async () => (await fetch(`http://127.0.0.1:${page}/metrics`)).text(),
    received: child.logs,
    untilReceived: async (pattern, timeoutMs) =>
      untilChild(
        child,
        `the Collector receives ${pattern}`,
        async () => (pattern.test(child.logs()) ? child.logs() : undefined),
        timeoutMs,
      ),
    stop: async () => {
      const exit = await child.stop();
      await rm(folder, { recursive: true });
      return exit;
    },
  };
}

// add_metric_suffixes is off, so that its page shows the names as they came over OTLP.
function configuration(receiver: number, page: number): string {
  return `receivers:
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${receiver}' } } }
exporters:
  debug: { verbosity: detailed, use_internal_logger: false, output_paths: [stdout] }
  prometheus:
    endpoint: '127.0.0.1:${page}'
    add_metric_suffixes: false
    without_scope_info: true
    resource_to_telemetry_conversion: { enabled: true }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics: { receivers: [otlp], exporters: [debug, prometheus] }
`;
}
