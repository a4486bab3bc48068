/** What the addon's tests share. The objects are built by `make -C native testdata`. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BpfError } from '../index.ts';

const BUILD = join(import.meta.dirname, '../build/testdata');

/** A built object or program: 'maps.bpf.o', 'churn'. */
export function built(name: string): string {
  return join(BUILD, name);
}

/** Back to back u64s in native order. */
export function u64(...values: (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, BigInt).buffer);
}

export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** Runs what must throw a BpfError, and returns it. */
export function failure(run: () => unknown): BpfError {
  try {
    run();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Open file descriptors of BPF objects, perf events and epolls of this process. */
export function kernelDescriptors(): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((target) => /bpf|perf_event/.test(target));
}

/** Resolves when `condition` holds; throws with `what` after ten seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
