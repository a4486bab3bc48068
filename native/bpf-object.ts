/** A BPF object file from open to close. */
import { addon } from './addon.ts';
import type { NativeObject } from './addon.ts';
import { BpfError, objectName } from './bpf-error.ts';
import { EventStream, MapReader } from './streams.ts';
import type {
  MapInfo,
  OpenOptions,
  PerfBufferOptions,
  PerfEventOptions,
  ProgramInfo,
  ReaderOptions,
  RuntimeInfo,
  UprobeOptions,
  UsdtOptions,
} from './types.ts';

const ALL_PROCESSES = -1;
const DEFAULT_PAGES = 64;
/** 16 MiB of 4 KiB pages for each CPU. */
const MAX_PAGES = 4096;

/**
 * Every method throws BpfError: unknown names ENOENT, wrong order or sizes EINVAL, after close() EBADF, else what the kernel
 * or libbpf says. Nothing is pinned: with the object, or the process, all of it goes.
 */
export class BpfObject {
  readonly file: string;
  /** The file's name without folder and `.bpf.o`. */
  readonly name: string;
  readonly license: string;
  readonly programs: readonly ProgramInfo[];
  /** Without the compiler's own (.rodata, .bss, .data, .kconfig). Entries are those of setMaxEntries() from then on. */
  #maps: readonly MapInfo[] | undefined;
  /** Global variables. */
  readonly constants: readonly { readonly name: string; readonly size: number }[];
  readonly #native: NativeObject;

  private constructor(file: string, native: NativeObject) {
    this.file = file;
    this.name = objectName(file);
    this.#native = native;
    this.license = native.license();
    this.programs = native.programs();
    this.#maps = native.maps();
    this.constants = native.constants();
  }

  /** Parses the file; needs no privilege and loads nothing. */
  static open(file: string, options: OpenOptions = {}): BpfObject {
    return new BpfObject(file, new addon.BpfObject(file, options.btfPath));
  }

  get maps(): readonly MapInfo[] {
    this.#maps ??= this.#native.maps();
    return this.#maps;
  }

  /** Before load(). The value must fit the variable, signed or unsigned. */
  setConstant(name: string, value: bigint | number): void {
    this.#native.setConstant(name, this.#integer(value, 'set_constant', name));
  }

  /** Before load(). A program that is not loaded cannot be attached. */
  setAutoload(program: string, on: boolean): void {
    this.#native.setAutoload(program, on);
  }

  /** Before load(). */
  setMaxEntries(map: string, entries: number): void {
    this.#check(
      Number.isInteger(entries) && entries > 0 && entries <= 0xffffffff,
      'set_max_entries',
      `${entries} entries`,
    );
    this.#native.setMaxEntries(map, entries);
    this.#maps = undefined;
  }

  /** Once. When it fails nothing of the object is left in the kernel; close it. */
  load(): void {
    this.#native.load();
  }

  /** By its SEC(), as libbpf does it. */
  attach(program: string): void {
    this.#native.attach(program);
  }

  /** One perf event on one CPU; call it for each. */
  attachPerfEvent(program: string, options: PerfEventOptions): void {
    const { type, frequency = 0, period = 1, cpu } = options;
    const config = this.#integer(options.config, 'attach', 'config');
    this.#uint32(type, 'type');
    this.#uint32(frequency, 'frequency');
    this.#uint32(cpu, 'cpu');
    this.#native.attachPerfEvent(program, type, config, frequency, this.#integer(period, 'attach', 'period'), cpu);
  }

  attachUprobe(program: string, options: UprobeOptions): void {
    const { path, function: fn = '', offset = 0, retprobe = false, pid = ALL_PROCESSES } = options;
    this.#check(Number.isSafeInteger(offset) && offset >= 0, 'attach', `offset ${offset}`);
    this.#native.attachUprobe(program, path, fn, offset, retprobe, pid);
  }

  attachUsdt(program: string, { path, provider, name, pid = ALL_PROCESSES }: UsdtOptions): void {
    this.#native.attachUsdt(program, path, provider, name, pid);
  }

  attachXdp(program: string, ifindex: number): void {
    this.#uint32(ifindex, 'ifindex');
    this.#native.attachXdp(program, ifindex);
  }

  attachTracepoint(program: string, category: string, name: string): void {
    this.#native.attachTracepoint(program, category, name);
  }

  attachRawTracepoint(program: string, name: string): void {
    this.#native.attachRawTracepoint(program, name);
  }

  attachKprobe(
    program: string,
    fn: string,
    options: { readonly offset?: number; readonly retprobe?: boolean } = {},
  ): void {
    this.#uint32(options.offset ?? 0, 'offset');
    this.#native.attachKprobe(program, fn, options.offset ?? 0, options.retprobe ?? false);
  }

  /** Ends all links of a program; none is fine. */
  detach(program: string): void {
    this.#native.detach(program);
  }

  /** Number of a program's links. */
  attached(program: string): number {
    return this.#native.attached(program);
  }

  runtimeInfo(program: string): RuntimeInfo {
    return this.#native.runtimeInfo(program);
  }

  /** After load(). EINVAL for maps whose value is neither u64s nor u32s. */
  reader(map: string, options: ReaderOptions = {}): MapReader {
    return new MapReader(this.#native.reader(map, options.perCpu === 'each', options.batch ?? true));
  }

  /** Undefined when there is no such key. Per-CPU maps: the values of all possible CPUs, each rounded up to 8 bytes. */
  lookup(map: string, key: Uint8Array): Uint8Array | undefined {
    return this.#native.lookup(map, key);
  }

  /** E2BIG when the map is full. The value of a per-CPU map is as lookup() gives it. */
  update(map: string, key: Uint8Array, value: Uint8Array): void {
    this.#native.update(map, key, value);
  }

  /** False when there was no such key. */
  delete(map: string, key: Uint8Array): boolean {
    return this.#native.delete(map, key);
  }

  /** Many entries at once, back to back; the message of a failure says how many of them are in the map. */
  fill(map: string, keys: Uint8Array, values: Uint8Array): void {
    this.#native.fill(map, keys, values);
  }

  /** Belongs to the object: do not close it. */
  mapFd(map: string): number {
    return this.#native.mapFd(map);
  }

  /** @param onRecord the view is valid during the call only. */
  ringBuffer(map: string, onRecord: (record: Uint8Array) => void): EventStream {
    return new EventStream(this.#native.ringBuffer(map, onRecord));
  }

  /** On the CPUs that are online now. @param onEvent the view is valid during the call only. @param onLost events that the kernel dropped. */
  perfBuffer(
    map: string,
    options: PerfBufferOptions,
    onEvent: (event: Uint8Array, cpu: number) => void,
    onLost: (count: number, cpu: number) => void,
  ): EventStream {
    const { pages = DEFAULT_PAGES } = options;
    const power = Number.isInteger(Math.log2(pages)) && pages >= 1 && pages <= MAX_PAGES;
    this.#check(power, 'perf_buffer', `${pages} pages, expected a power of two up to ${MAX_PAGES}`);
    return new EventStream(this.#native.perfBuffer(map, pages, onEvent, onLost)).consumeFirst();
  }

  /** Ends streams, detaches, frees programs and maps. Twice is fine; readers and streams refuse afterwards. */
  close(): void {
    this.#native.close();
  }

  #integer(value: bigint | number, operation: string, what: string): bigint {
    this.#check(typeof value === 'bigint' || Number.isSafeInteger(value), operation, `${what}: ${value} is no integer`);
    const integer = BigInt(value);
    this.#check(integer >= -(2n ** 63n) && integer < 2n ** 64n, operation, `${what}: ${value} has more than 64 bits`);
    return BigInt.asUintN(64, integer);
  }

  #uint32(value: number, what: string): void {
    this.#check(Number.isInteger(value) && value >= 0 && value <= 0xffffffff, 'attach', `${what}: ${value} is no u32`);
  }

  #check(holds: boolean, operation: string, detail: string): void {
    if (!holds) throw new BpfError({ code: 'EINVAL', operation, object: this.file, detail });
  }
}
