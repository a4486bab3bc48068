/** What flows out of a loaded object: readers of maps, streams of events. Both refuse (EBADF) once the object is closed. */
import type { NativeReader, NativeStream } from './addon.ts';
import type { MapSnapshot } from './types.ts';

/** Reads one whole map at a time into arrays of its own, so several readers of a map never disturb each other. */
export class MapReader {
  /** Bytes of a row's key, the CPU number of `perCpu: 'each'` included. */
  readonly keySize: number;
  /** Doubles of a row: one per u64 of the value, or per u32 when the value's size is no multiple of 8. */
  readonly fields: number;
  readonly #native: NativeReader;

  /** By BpfObject.reader() only. */
  constructor(native: NativeReader) {
    this.#native = native;
    this.keySize = native.keySize;
    this.fields = native.fields;
  }

  /** Throws BpfError when the kernel refuses. Keys that come and go meanwhile are no error. */
  read(): MapSnapshot {
    const count = this.#native.read();
    return { count, keys: this.#native.keys, values: this.#native.values };
  }
}

/**
 * Records of a ring or perf buffer, given to the callback as the kernel wakes the event loop. It does not keep the process
 * alive. An exception of the callback becomes an 'uncaughtException', and the next record follows when that is handled.
 */
export class EventStream {
  readonly #native: NativeStream;

  /** By BpfObject.ringBuffer() and perfBuffer() only. */
  constructor(native: NativeStream) {
    this.#native = native;
  }

  /** Gives what is there to the callback now. Returns the number of records. Throws BpfError EBADF when closed. */
  consume(): number {
    return this.#native.consume();
  }

  /**
   * Drains once after the event loop's first wait. A perf event's readiness is gone once it was asked for (perf_poll), and
   * epoll asks already when the loop adds it: what came before would lie there until the next event.
   */
  consumeFirst(): this {
    setImmediate(() => {
      if (!this.#native.closed) this.#native.consume();
    }).unref();
    return this;
  }

  /** No callback afterwards. Twice is fine, within the callback too. */
  close(): void {
    this.#native.close();
  }
}
