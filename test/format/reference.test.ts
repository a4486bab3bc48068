// The agent's readers, decoders and page writer against the reference: equal byte by byte for random configs and keys.
// FORMAT_CONFIGS sets how many (10000 before a release); the seed of a round that fails is in its message.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Agent } from '../../src/agent.ts';
import { components } from '../../src/components.ts';
import { loadConfig } from '../../src/config.ts';
import { recordedEbpf } from '../golden/recorded-receiver.ts';
import { freePort } from '../support/child.ts';
import { RandomMetrics } from './random-metrics.ts';
import type { Entry, Metric } from './reference.ts';
import { referencePage } from './reference.ts';
import { useRoot } from './reference-decoders.ts';

const CONFIGS = Number(process.env['FORMAT_CONFIGS'] ?? 2_000);
const A_ROUND = 200;
const PCI_IDS = `# a comment
0001  First Vendor
\t0002  A device
\t\t0001 0002  A subsystem
8086  Intel
C 01  Storage
\t06  SATA
\t\t01  AHCI
C 02  Network
\t00  Ethernet
`;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const pipeline = (folder: string, root: string, port: number): string => `
receivers: { ebpf: { programs: [random], config_dir: ${folder} } }
processors: { decode: { root_path: ${root} } }
exporters:
  prometheus:
    endpoint: 127.0.0.1:${port}
    namespace: ebpf_exporter
    add_metric_suffixes: false
    without_scope_info: true
service:
  telemetry: { metrics: { level: none } }
  pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [prometheus] } }
`;

type Case = { metric: Metric; entries: Entry[] };

const keyBytes = ({ labels }: Metric): number => {
  const mapLabels = labels.at(-1)?.name === 'cpu' ? labels.slice(0, -1) : labels;
  return mapLabels.reduce((sum, { size, padding = 0 }) => sum + size + padding, 0) || 4;
};

const mapOf = ({ metric, entries }: Case): object => {
  const type = metric.labels.at(-1)?.name === 'cpu' ? 'percpu_hash' : 'hash';
  return { name: metric.name, type, keySize: keyBytes(metric), valueSize: 8, maxEntries: 4096, flags: 0, entries };
};

/** The agent's page of what the program's maps hold, without what describes the agent. */
async function agentPage(cases: Case[], root: string): Promise<string> {
  const [folder, port] = [await mkdtemp(join(tmpdir(), 'reference-')), await freePort()];
  const metrics = (histograms: boolean): Metric[] =>
    cases.map(({ metric }) => metric).filter(({ bucket_type }) => (bucket_type !== undefined) === histograms);
  await writeFile(
    join(folder, 'random.yaml'),
    JSON.stringify({ metrics: { counters: metrics(false), histograms: metrics(true) } }),
  );
  await writeFile(join(folder, 'maps.json'), JSON.stringify(cases.map(mapOf)));
  await writeFile(join(folder, 'pipeline.yaml'), pipeline(folder, root, port));
  const uris = [join(folder, 'pipeline.yaml')];
  const { config } = loadConfig({
    uris,
    sets: [],
    components: { ...components, receivers: [recordedEbpf] },
    env: {},
    cwd: folder,
  });
  const agent = new Agent(config, {
    version: '0',
    generation: 1,
    reloads: { succeeded: 0, failed: 0 },
    logger: silent,
    componentLogger: () => silent,
    onFatal: assert.fail,
  });
  try {
    await agent.start();
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return page.replace(/^(?:#.*target_info.*\n|target_info.*\n)*/, '');
  } finally {
    await agent.shutdown();
    await rm(folder, { recursive: true });
  }
}

function firstDifference(actual: string, expected: string): string {
  const [left, right] = [actual.split('\n'), expected.split('\n')];
  const at = left.findIndex((line, i) => line !== right[i]);
  const from = Math.max(0, at - 2);
  return `line ${at}:\nagent:\n${left.slice(from, at + 3).join('\n')}\nreference:\n${right.slice(from, at + 3).join('\n')}`;
}

/** Programs of other tests come and go in this machine's kallsyms: a copy stays as it is. */
async function copyHost(root: string): Promise<void> {
  await mkdir(join(root, 'sys/class/net/lo'), { recursive: true });
  await mkdir(join(root, 'usr/share/misc'), { recursive: true });
  await mkdir(join(root, 'proc'));
  for (const file of ['proc/kallsyms', 'proc/partitions'])
    await writeFile(join(root, file), await readFile(join('/', file)));
  await writeFile(join(root, 'sys/class/net/lo/ifindex'), '1\n');
  await writeFile(join(root, 'usr/share/misc/pci.ids'), PCI_IDS);
}

test(`${CONFIGS} random configs and their keys`, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'reference-root-'));
  t.after(async () => rm(root, { recursive: true }));
  await copyHost(root);
  useRoot(root);
  for (let seed = 0; seed * A_ROUND < CONFIGS; seed++) {
    const random = new RandomMetrics(seed);
    const cases = Array.from({ length: A_ROUND }, (_, i) => random.make(i));
    const kinds = (histogram: boolean): Case[] =>
      cases.filter(({ metric }) => (metric.bucket_type !== undefined) === histogram);
    const expected = referencePage([...kinds(false), ...kinds(true)]);
    const actual = await agentPage(cases, root);
    if (actual !== expected) assert.fail(`seed ${seed}, ${firstDifference(actual, expected)}`);
    assert.ok(expected.length > 10_000);
  }
});
