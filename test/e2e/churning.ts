// A program that only has a map, and a command that fills it: as many series as a test wants, with no events to wait for.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileProgram } from '../format/build.ts';
import { mapId } from './map-id.ts';

const run = promisify(execFile);

/** Keys that `churn` never takes away: 1 to 100, each with its number as value. */
export const STABLE = 100;

const source = (entries: number): string => `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, ${entries}); __type(key, __u64); __type(value, __u64); } churning_total SEC(".maps");
char LICENSE[] SEC("license") = "Dual BSD/GPL";
`;
const yaml = `metrics:
  counters:
    - { name: churning_total, help: Keys that come and go, labels: [{ name: key, size: 8, decoders: [{ name: uint }] }] }
`;

export interface Churning {
  /** Outside the repository, with churning.yaml and churning.bpf.o. */
  readonly folder: string;
  /** Replaces `keys` keys for `seconds` in the agent's map `churning_total`, beside the stable ones. */
  churn(agent: { pid: number }, seconds: number, keys: number): Promise<{ made: number; refused: number }>;
  remove(): Promise<void>;
}

/** @param entries that the map takes */
export async function buildChurning(entries: number): Promise<Churning> {
  const folder = await mkdtemp(join(tmpdir(), 'churning-'));
  await writeFile(join(folder, 'churning.yaml'), yaml);
  await writeFile(join(folder, 'churning.bpf.c'), source(entries));
  await compileProgram(join(folder, 'churning.bpf.c'), join(folder, 'churning.bpf.o'));
  const command = join(folder, 'churn');
  await run('gcc', ['-O2', '-o', command, join(import.meta.dirname, 'churn.c'), '-lbpf']);
  return {
    folder,
    churn: async ({ pid }, seconds, keys) => {
      const { stdout } = await run(command, [await mapId(pid, 'churning_total'), String(seconds), String(keys)]);
      const [made, refused] = stdout.split(' ').map(Number);
      return { made, refused };
    },
    remove: async () => rm(folder, { recursive: true }),
  };
}

/** Resident memory. */
export async function rssMiB(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
