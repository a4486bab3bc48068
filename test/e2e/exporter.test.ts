// test: alone
// ebpf_exporter's command line and the pipeline in config/ side by side on this kernel: the same page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { programNames, SHIPPED_PROGRAMS } from '../../receivers/ebpf/program-file.ts';
import { requires } from '../support/abilities.ts';
import { repository, runAgent, startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import { seriesKey } from '../support/page.ts';
import type { Page, Sample } from '../support/page.ts';
import { syncedWrites } from './disk.ts';
import type { Served } from './exporting.ts';
import { startExporter } from './exporting.ts';

const names = programNames(SHIPPED_PROGRAMS).toSorted();
const shown = readFileSync(join(repository, 'config/ebpf-exporter.yaml'), 'utf8');

/** Of the programs; what is told of an agent itself differs by its process. */
const ofPrograms = ({ name }: { name: string }): boolean => name.startsWith('ebpf_exporter_');

/** Each metric with its type, help and the names of its labels. */
function outline(page: Page): string[] {
  const labels = new Map<string, Set<string>>();
  for (const sample of page.samples.filter(ofPrograms)) {
    const known = labels.get(sample.name) ?? new Set();
    labels.set(sample.name, known.add([...sample.labels.keys()].join()));
  }
  const families = [...page.families].map(([name, { type, help }]) => ({ name, text: `${name} ${type} ${help}` }));
  return [
    ...families.filter(ofPrograms).map(({ text }) => text),
    ...[...labels].map(([name, sets]) => `${name}{${[...sets].join('|')}}`),
  ].toSorted();
}

const chosen = (page: Page, pattern: RegExp): string[] =>
  page.samples
    .filter(({ name }) => pattern.test(name))
    .map((sample) => `${seriesKey(sample.name, labelsWithoutIds(sample))} ${sample.value}`)
    .toSorted();

/** A program has another id each time it is loaded. */
const labelsWithoutIds = ({ labels }: Sample): [string, string][] =>
  [...labels].map(([label, value]) => [label, label === 'id' ? '' : value]);

describe('exporter and its pipeline', requires('root', 'btf'), () => {
  let pipeline: Agent;
  let exporter: Served;

  before(async () => {
    pipeline = await startAgent((port) => shown.replace('localhost:9435', `127.0.0.1:${port}`), {
      args: ['--set', `receivers.ebpf.programs=[${names.join()}]`],
    });
    exporter = await startExporter([`--config.dir=${SHIPPED_PROGRAMS}`, `--config.names=${names.join()}`]);
    await syncedWrites(20);
  });
  after(async () => {
    await exporter?.stop();
    await pipeline?.stop();
  });

  it('show the same metrics: names, types, help, labels', async () => {
    await until('both outlines are the same', async () => {
      const [own, other] = [outline(await exporter.page()), outline(await pipeline.page())];
      assert.deepEqual(own, other);
      assert.ok(own.length > names.length);
      return true;
    });
  });

  it('show the same series with the same values, of those that stand still', async () => {
    const pages = [await exporter.page(), await pipeline.page()];
    const still =
      /^ebpf_exporter_(enabled_configs|ebpf_program_info|ebpf_program_attached|decoder_errors_total|build_info)$/;
    const [own, other] = pages.map((page) => chosen(page, still));
    assert.ok(own.length > names.length);
    assert.deepEqual(own, other);
  });

  it('count the same writes', async () => {
    const writes = async ({ page }: Pick<Agent, 'page'>): Promise<number> =>
      (await page()).samples
        .filter(({ name, labels }) => name.endsWith('bio_latency_seconds_count') && labels.get('operation') === 'write')
        .reduce((sum, { value }) => sum + value, 0);
    const earlier = [await writes(exporter), await writes(pipeline)];
    await syncedWrites(50);
    const added = [(await writes(exporter)) - earlier[0], (await writes(pipeline)) - earlier[1]];
    assert.ok(
      added.every((count) => count >= 50),
      String(added),
    );
  });

  it('--print-config prints a config by which `run` serves the same metrics', async () => {
    const flags = [`--config.names=${names.join()}`, '--print-config', '--web.listen-address=127.0.0.1:9435'];
    const { status, logs: printed } = await (await runAgent(['exporter', ...flags])).exit;
    assert.equal(status, 0);
    const grown = await startAgent((port) => printed.replace('127.0.0.1:9435', `127.0.0.1:${port}`));
    try {
      await until('it has no other metrics', async () => {
        await syncedWrites(5);
        const [own, other] = [outline(await grown.page()), outline(await exporter.page())];
        // What happened before it started may not happen again.
        assert.deepEqual(
          own.filter((line) => !other.includes(line)),
          [],
        );
        assert.ok(own.some((line) => line.includes('bio_latency_seconds_bucket{')));
        return true;
      });
    } finally {
      await grown.stop();
    }
  });
});
