/**
 * Whole scrapes over HTTP, and OTLP pushes, as ratios to the C floor (bench.c) measured in the same run: a batched read of the
 * same map and printf of the same text. Usage: npm run bench [-- --sizes 1000,100000 --kinds hash,exp2 --runs 15]
 */
import { spawn, execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, Agent as HttpAgent } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly bytes: number;
}

const ROOT = join(import.meta.dirname, '../..');
const { values: flags } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000,1000000' },
    kinds: { type: 'string', default: 'hash,percpu,ksym,exp2' },
    runs: { type: 'string', default: '15' },
  },
});
const sizes = flags.sizes.split(',').map(Number);
const kinds = flags.kinds.split(',');
const runs = Number(flags.runs);
const folder = mkdtempSync(join(tmpdir(), 'ebpf-otel-agent-bench-'));
const metricOf = (kind: string): string => (kind === 'exp2' ? 'bench_exp2_seconds' : `bench_${kind}_total`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

function build(): void {
  const arch = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  execFileSync('gcc', ['-O2', '-o', join(folder, 'bench'), join(import.meta.dirname, 'bench.c'), '-lbpf']);
  for (const kind of kinds) {
    const source = join(import.meta.dirname, `programs/bench_${kind}`);
    execFileSync('clang', [
      '-target',
      'bpf',
      '-O2',
      '-g',
      `-I/usr/include/${arch}-linux-gnu`,
      '-c',
      `${source}.bpf.c`,
      '-o',
      join(folder, `bench_${kind}.bpf.o`),
    ]);
    writeFileSync(join(folder, `bench_${kind}.yaml`), readFileSync(`${source}.yaml`));
  }
}

const bench = (mode: string, kind: string, n: number): string =>
  execFileSync(join(folder, 'bench'), [mode, kind, metricOf(kind), String(n)], {
    encoding: 'utf8',
    maxBuffer: 1 << 20,
  });
const floor = (kind: string): Cost => JSON.parse(bench('floor', kind, runs)) as Cost;

/** Milliseconds of CPU, user and system, of a whole process so far; the kernel counts in ticks of 10 ms. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;

interface RunningAgent {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: string;
  readonly firstScrapeMs: number;
}

async function startAgent(config: (port: number) => string): Promise<RunningAgent> {
  const port = await freePort();
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, config(port));
  const started = performance.now();
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'run', '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4096)));
  const url = `http://127.0.0.1:${port}/metrics`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the agent ended: ${log}`);
    try {
      await scrape(url);
      return { child, pid: child.pid as number, url, firstScrapeMs: performance.now() - started };
    } catch {
      await sleep(5);
    }
  }
}

async function stopAgent({ child }: RunningAgent): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  return new Promise((resolve) =>
    server.once('listening', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    }),
  );
}

const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
function scrape(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent: httpAgent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('end', () =>
        response.statusCode === 200 ? resolve(bytes) : reject(new Error(String(response.statusCode))),
      );
    }).on('error', reject);
  });
}

const pullConfig =
  (receiver: string) =>
  (port: number): string =>
    `
receivers: { ebpf: { ${receiver}, on_error: fail } }
processors: { decode: }
exporters: { prometheus: { endpoint: 127.0.0.1:${port}, add_metric_suffixes: false, without_scope_info: true } }
service: { telemetry: { logs: { level: warn } }, pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } } }
`;

/** The map is a quarter larger than what it holds, as users size theirs. */
const benchReceiver = (kind: string, size: number): string =>
  `programs: [bench_${kind}], config_dir: ${folder}, map_sizes: { ${metricOf(kind)}: ${Math.ceil(size * 1.25)} }`;

async function measurePull(kind: string, size: number): Promise<void> {
  const agent = await startAgent(pullConfig(benchReceiver(kind, size)));
  bench('fill', kind, size);
  for (let i = 0; i < 5; i++) await scrape(agent.url);
  const wall: number[] = [];
  let bytes = 0;
  const repeats = Math.max(runs, Math.min(200, Math.ceil(1e6 / size)));
  const before = cpuMs(agent.pid);
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    bytes = await scrape(agent.url);
    wall.push(performance.now() - start);
  }
  const cpu = (cpuMs(agent.pid) - before) / repeats;
  const rss = rssMiB(agent.pid);
  const c = floor(kind);
  await stopAgent(agent);
  row([
    kind,
    String(size),
    ms(median(wall)),
    ms(c.wall),
    ratio(median(wall), c.wall),
    ms(cpu),
    ms(c.cpu),
    ratio(cpu, c.cpu),
    rss.toFixed(0),
    (bytes / 1e6).toFixed(1),
  ]);
}

const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
const ratio = (a: number, b: number): string => (a / b).toFixed(2);
const row = (cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);

/** A backend that takes whatever comes, and counts. */
function sink(): Promise<{ server: Server; port: number; received: { count: number; bytes: number } }> {
  const received = { count: 0, bytes: 0 };
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => (received.bytes += chunk.length));
    request.on('end', () => {
      received.count++;
      response.end();
    });
  }).listen(0, '127.0.0.1');
  return new Promise((resolve) =>
    server.once('listening', () => resolve({ server, port: (server.address() as AddressInfo).port, received })),
  );
}

async function measurePush(size: number, compression: string): Promise<void> {
  const { server, port, received } = await sink();
  const agent = await startAgent(
    (scrapePort) => `
receivers: { ebpf: { ${benchReceiver('hash', size)}, collection_interval: 500ms, initial_delay: 3s } }
processors: { decode: }
exporters:
  otlp_http: { endpoint: 'http://127.0.0.1:${port}', compression: ${compression} }
  prometheus: { endpoint: 127.0.0.1:${scrapePort} }
service: { telemetry: { logs: { level: warn } }, pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [otlp_http, prometheus] } } }
`,
  );
  bench('fill', 'hash', size);
  while (received.count < 6) await sleep(20);
  const [count, bytes, cpu] = [received.count, received.bytes, cpuMs(agent.pid)];
  while (received.count < count + 40) await sleep(20);
  const pushes = (received.count - count) / 2;
  const cpuEach = (cpuMs(agent.pid) - cpu) / pushes;
  const c = floor('hash');
  row([
    `OTLP protobuf, ${compression}`,
    String(size),
    ms(cpuEach),
    ms(c.cpu),
    ratio(cpuEach, c.cpu),
    ((received.bytes - bytes) / pushes / 1e6).toFixed(2),
  ]);
  await stopAgent(agent);
  server.close();
}

async function measureStart(): Promise<void> {
  const started: number[] = [];
  let idle = 0;
  for (let i = 0; i < 5; i++) {
    const agent = await startAgent(pullConfig('programs: [timers, raw-tracepoints, biolatency]'));
    started.push(agent.firstScrapeMs);
    await sleep(1000);
    idle = rssMiB(agent.pid);
    await stopAgent(agent);
  }
  console.log(
    `\nstart to first answered scrape, three programs: ${median(started).toFixed(0)} ms (median of ${started.length}); RSS idle: ${idle.toFixed(0)} MiB`,
  );
}

try {
  build();
  console.log(
    `median of ${runs} or more scrapes over HTTP, milliseconds; floor: batched read and printf of the same text in C, same map, same run\n`,
  );
  row(['kind', 'series', 'scrape', 'C floor', 'ratio', 'CPU', 'C CPU', 'CPU ratio', 'RSS MiB', 'page MB']);
  row(Array<string>(10).fill('---'));
  for (const kind of kinds) for (const size of sizes) await measurePull(kind, size);
  console.log('');
  row(['push', 'points', 'CPU', 'C CPU', 'CPU ratio', 'MB']);
  row(Array<string>(6).fill('---'));
  for (const compression of ['none', 'gzip']) await measurePush(100_000, compression);
  await measureStart();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
