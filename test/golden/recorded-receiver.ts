/** Receiver `ebpf` over recorded map snapshots: everything but the kernel is the agent's own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MapInfo, MapSnapshot } from '../../native/index.ts';
import { EbpfScraper } from '../../receivers/ebpf/scraper.ts';
import type { MapSource } from '../../receivers/ebpf/family-readers.ts';
import { planReaders } from '../../receivers/ebpf/family-readers.ts';
import { programSchema } from '../../receivers/ebpf/program-config.ts';
import type { Receiver, ReceiverFactory } from '../../src/component.ts';
import { duration, list, object, string } from '../../src/schema.ts';
import { checkFile } from '../../src/yaml-document.ts';

/** `maps.json` of a case: what the kernel would say of a map, and its entries as [key in hex, value]. */
interface RecordedMap extends MapInfo {
  readonly entries: readonly (readonly [string, number])[];
}

const START = 1_700_000_000_000_000_000n;

const config = object({
  programs: list(string(), { min: 1 }),
  config_dir: string(),
  collection_interval: duration({ default: '1m' }),
  initial_delay: duration({ default: '1s' }),
});

export const recordedEbpf: ReceiverFactory<{ programs: readonly string[]; config_dir: string; collection_interval: number; initial_delay: number }> = {
  type: 'ebpf',
  signals: ['metrics'],
  stability: 'development',
  description: 'recorded snapshots',
  config,
  create: ({ logger, telemetry }, { programs, config_dir }): Receiver => {
    const times = { intervalMs: 100, initialDelayMs: 0 };
    const readable = programs.map((name) => ({ name, makeReaders: () => makeReaders(config_dir, name) }));
    return { scraper: () => new EbpfScraper(() => readable, times, { logger, telemetry }) };
  },
};

function makeReaders(folder: string, name: string): ReturnType<ReturnType<typeof planReaders>[number]['make']>[] {
  const { value, faults } = checkFile(programSchema, join(folder, `${name}.yaml`));
  const maps = JSON.parse(readFileSync(join(folder, 'maps.json'), 'utf8')) as RecordedMap[];
  if (value !== undefined) {
    const plans = planReaders(value, name, { name: 'recorded' }, maps, (path, message) => faults.push({ file: name, path: path.join('::'), message }));
    if (faults.length === 0) return plans.map(({ make }) => make(sourceOf(maps), START));
  }
  throw new Error(JSON.stringify(faults));
}

function sourceOf(maps: readonly RecordedMap[]): MapSource {
  return {
    reader(name, options) {
      const { entries, keySize, valueSize } = maps.find((map) => map.name === name) as RecordedMap;
      const eachCpu = options?.perCpu === 'each' ? 2 : 0;
      return { keySize: keySize + eachCpu, fields: valueSize / 8, read: () => snapshot(entries) } as ReturnType<MapSource['reader']>;
    },
  };
}

const snapshot = (entries: RecordedMap['entries']): MapSnapshot => ({
  count: entries.length,
  keys: new Uint8Array(Buffer.from(entries.map(([key]) => key).join(''), 'hex')),
  values: Float64Array.from(entries, ([, value]) => value),
});
