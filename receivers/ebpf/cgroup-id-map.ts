/**
 * `cgroup_id_map`: a BPF map that holds the cgroups whose path matches, as they come and go. The tree is walked again
 * every second, sooner while cgroups come and go, and less often where a walk takes long: walks stay below a twentieth
 * of the time.
 */
import { closeSync, constants, openSync } from 'node:fs';
import type { BpfObject, MapInfo } from '../../native/index.ts';
import { readTree, unifiedMount } from '../../src/cgroups.ts';
import { compileRegexp } from '../../src/decoder-specs.ts';
import type { Report } from '../../src/schema.ts';
import { didYouMean } from '../../src/schema.ts';
import type { CgroupIdMap } from './program-config.ts';

const RESCAN_MS = 1000;
/** When the last walk found a cgroup that came or went. */
const BUSY_RESCAN_MS = 200;
/** The next walk is at least so many times the duration of the last one away. */
const PAUSE = 20;
const ONE = u64(1n);

/** Checks the map and the expressions against the object. */
export function checkCgroupIdMap({ name, type, regexps }: CgroupIdMap, maps: readonly MapInfo[], report: Report): void {
  const map = maps.find((candidate) => candidate.name === name);
  const names = maps.map((candidate) => candidate.name);
  const types = type === 'hash' ? ['hash', 'lru_hash'] : [type];
  const keySize = type === 'hash' ? 8 : 4;
  if (map === undefined)
    report(['name'], `the object has no map "${name}"${didYouMean(name, names) || `; its maps: ${names.join(', ')}`}`);
  else if (!types.includes(map.type))
    report(['name'], `map "${name}" is a ${map.type}: expected ${types.join(' or ')}`);
  else if (map.keySize !== keySize || map.valueSize !== 8)
    report(
      ['name'],
      `map "${name}" has keys of ${map.keySize} and values of ${map.valueSize} bytes: expected ${keySize} and 8`,
    );
  regexps.forEach((expression, i) => {
    try {
      compileRegexp(expression);
    } catch (error) {
      report(
        ['regexps', i],
        `${JSON.stringify(expression)}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  });
}

export class CgroupIds {
  /** The map's name. */
  readonly map: string;
  /** Cgroups that the map did not take, each counted once. */
  failed = 0;
  readonly #object: Pick<BpfObject, 'update' | 'delete'>;
  readonly #byDescriptor: boolean;
  readonly #matches: (path: string) => boolean;
  readonly #mount: string | undefined;
  /** Ids of the last walk, with whether they are in the map. Ids that match nothing are not matched again. */
  #known = new Map<string, 'in' | 'failed' | 'other'>();
  #timer: NodeJS.Timeout | undefined;

  /** @param object loaded, and open until `stop`. @param mount where cgroup v2 is mounted. */
  constructor(object: Pick<BpfObject, 'update' | 'delete'>, config: CgroupIdMap, mount = unifiedMount()) {
    this.map = config.name;
    this.#object = object;
    this.#byDescriptor = config.type === 'cgrp_storage';
    const expressions = config.regexps.map(compileRegexp);
    this.#matches = (path) => expressions.some((expression) => expression.find(path) !== undefined);
    this.#mount = mount;
  }

  /**
   * One walk. Never throws: what the map does not take is counted in `failed`, and tried again at the next walk. Answers
   * whether a cgroup came or went.
   */
  scan(): boolean {
    const mount = this.#mount;
    if (mount === undefined) return false;
    const tree = readTree(mount);
    const known = this.#known.size;
    for (const [id, state] of this.#known) if (!tree.has(id)) this.#gone(id, state);
    const left = this.#known.size;
    for (const [id, path] of tree) {
      const state = this.#known.get(id) ?? (this.#matches(mount + path) ? 'failed' : 'other');
      this.#known.set(id, state === 'failed' ? this.#insert(id, mount + path) : state);
    }
    return left < known || this.#known.size > left;
  }

  /** Scans on a timer that does not keep the process alive, until `stop`. */
  follow(): void {
    this.#next(RESCAN_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(delayMs: number): void {
    this.#timer = setTimeout(() => {
      const begin = performance.now();
      const least = this.scan() ? BUSY_RESCAN_MS : RESCAN_MS;
      this.#next(Math.max(least, PAUSE * (performance.now() - begin)));
    }, delayMs).unref();
  }

  /** The kernel itself clears a cgroup's storage. What can't be removed now is tried again at the next walk. */
  #gone(id: string, state: 'in' | 'failed' | 'other'): void {
    try {
      if (state === 'in' && !this.#byDescriptor) this.#object.delete(this.map, u64(BigInt(id)));
      this.#known.delete(id);
    } catch {
      // Still known, so still to be removed.
    }
  }

  #insert(id: string, path: string): 'in' | 'failed' {
    try {
      if (this.#byDescriptor) this.#insertByDescriptor(path);
      else this.#object.update(this.map, u64(BigInt(id)), ONE);
      return 'in';
    } catch {
      if (!this.#known.has(id)) this.failed++;
      return 'failed';
    }
  }

  #insertByDescriptor(path: string): void {
    const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      this.#object.update(this.map, new Uint8Array(Uint32Array.of(fd).buffer), ONE);
    } finally {
      closeSync(fd);
    }
  }
}

/** Native byte order, as a BPF program reads it. */
function u64(value: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(value).buffer);
}
