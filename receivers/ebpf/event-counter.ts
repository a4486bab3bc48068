/**
 * A counter whose map is a PERF_EVENT_ARRAY: each event's leading bytes are a key that counts 1. The table is ours, so it is
 * bounded here: above `MAX_SERIES` label sets new ones are lost and counted.
 */
import type { BpfObject, EventStream, MapSnapshot } from '../../native/index.ts';
import { KeyTable } from '../../src/key-table.ts';
import type { SnapshotReader } from './map-family.ts';

const MAX_SERIES = 100_000;

export interface LostEvents {
  /** Dropped by the kernel: the buffer of a CPU was full. */
  kernel: number;
  /** Shorter than the labels. */
  short: number;
  /** New label sets above the limit. */
  overflow: number;
}

export class EventCounter implements SnapshotReader {
  readonly lost: LostEvents = { kernel: 0, short: 0, overflow: 0 };
  readonly keySize: number;
  readonly fields = 1;
  readonly #keys: KeyTable;
  #counts: Float64Array = new Float64Array(64);
  #lastEvent: Float64Array = new Float64Array(64);
  readonly #flushMs: number | undefined;
  readonly #stream: EventStream;

  /** @param flushMs label sets without an event for so long are forgotten; undefined: never. */
  constructor(object: BpfObject, map: string, keySize: number, flushMs: number | undefined) {
    this.keySize = keySize;
    this.#keys = new KeyTable(keySize);
    this.#keys.begin();
    this.#flushMs = flushMs;
    this.#stream = object.perfBuffer(
      map,
      {},
      (event) => this.#count(event),
      (count) => {
        this.lost.kernel += count;
      },
    );
  }

  /** Drains what the kernel holds, then copies keys and counts out, back to back: each of several readers has its own. */
  read(): MapSnapshot {
    this.#stream.consume();
    this.#forgetIdle();
    const { live, limit } = this.#keys;
    const keys = new Uint8Array(live * this.keySize);
    const values = new Float64Array(live);
    let count = 0;
    for (let id = 0; id < limit; id++) {
      if (this.#keys.lastSeen(id) === 0) continue;
      keys.set(this.#keys.key(id), count * this.keySize);
      values[count++] = this.#counts[id];
    }
    return { keys, values, count };
  }

  close(): void {
    this.#stream.close();
  }

  #count(event: Uint8Array): void {
    if (event.length < this.keySize) {
      this.lost.short++;
      return;
    }
    const key = event.subarray(0, this.keySize);
    const id = this.#keys.lookup(key) ?? this.#add(key);
    if (id === undefined) {
      this.lost.overflow++;
      return;
    }
    this.#counts[id]++;
    this.#lastEvent[id] = performance.now();
  }

  #add(key: Uint8Array): number | undefined {
    if (this.#keys.live >= MAX_SERIES) this.#forgetIdle();
    if (this.#keys.live >= MAX_SERIES) return undefined;
    const id = this.#keys.internOne(key);
    if (id >= this.#counts.length) this.#grow();
    this.#counts[id] = 0;
    return id;
  }

  /** Marks label sets with recent events as seen in a new scrape; the sweep takes the rest. */
  #forgetIdle(): void {
    if (this.#flushMs === undefined) return;
    const oldest = performance.now() - this.#flushMs;
    this.#keys.begin();
    for (let id = 0; id < this.#keys.limit; id++) {
      if (this.#keys.lastSeen(id) !== 0 && this.#lastEvent[id] >= oldest) this.#keys.touch(id);
    }
    this.#keys.sweep(this.#keys.generation);
  }

  #grow(): void {
    const [counts, lastEvent] = [this.#counts, this.#lastEvent];
    this.#counts = new Float64Array(counts.length * 2);
    this.#counts.set(counts);
    this.#lastEvent = new Float64Array(counts.length * 2);
    this.#lastEvent.set(lastEvent);
  }
}
