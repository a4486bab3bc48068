/** What the addon tells of objects, maps and programs. */

/** A BTF type with typedefs and qualifiers resolved; the outermost typedef's name stays in `name`. Sizes in bytes. */
export interface TypeLayout {
  readonly kind: 'int' | 'bool' | 'char' | 'enum' | 'float' | 'pointer' | 'array' | 'struct' | 'union' | 'other';
  readonly name: string;
  readonly size: number;
  readonly signed?: boolean;
  /** Arrays only. */
  readonly length?: number;
  readonly element?: TypeLayout;
  /** Structs and unions only. Bit fields are of kind 'other'. */
  readonly members?: readonly { readonly name: string; readonly offset: number; readonly type: TypeLayout }[];
}

export interface MapInfo {
  readonly name: string;
  /** libbpf's name: 'hash', 'percpu_hash', 'lru_hash', 'array', 'perf_event_array', 'ringbuf', 'cgrp_storage', ... */
  readonly type: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_* of the map's definition. */
  readonly flags: number;
  /** From the object's BTF; absent for maps that are defined by sizes. */
  readonly key?: TypeLayout;
  readonly value?: TypeLayout;
}

export interface ProgramInfo {
  readonly name: string;
  /** As in SEC(). */
  readonly section: string;
  /** libbpf's name: 'tracing', 'kprobe', 'tracepoint', 'raw_tracepoint', 'perf_event', 'xdp', ... */
  readonly type: string;
}

/** BPF_OBJ_GET_INFO_BY_FD of a loaded program. Run time and count stand still while kernel.bpf_stats_enabled is 0. */
export interface RuntimeInfo {
  readonly id: number;
  /** Hash of the instructions, 16 hex digits. */
  readonly tag: string;
  readonly runTimeNs: number;
  readonly runCount: number;
  /** Runs left out, since the program, or for kprobes and tracepoints any, ran on that CPU already. 0 before 5.12. */
  readonly recursionMisses: number;
  /** Bytes of machine code; 0 without the JIT or the privilege to know. */
  readonly jitedSize: number;
  readonly loadTimeUnixNano?: bigint;
}

/**
 * One read of a map: `count` rows of the reader's `keySize` bytes and `fields` doubles. Both arrays may be longer, belong
 * to the reader and are reused by its next read(). A key may come twice while others come and go.
 */
export interface MapSnapshot {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly values: Float64Array;
}

export interface OpenOptions {
  /** BTF of the kernel for CO-RE; default: the running kernel's own. */
  readonly btfPath?: string;
}

export interface ReaderOptions {
  /**
   * Per-CPU maps only. 'sum' (default): one row a key. 'each': one row per possible CPU, whose u16 number in native order
   * follows the key.
   */
  readonly perCpu?: 'sum' | 'each';
  /** Default true. Maps and kernels without BPF_MAP_LOOKUP_BATCH are read by two system calls an entry; false: always so. */
  readonly batch?: boolean;
}

export interface PerfEventOptions {
  readonly type: number;
  readonly config: bigint | number;
  /** Samples a second. Without it one sample per `period` events (default 1). */
  readonly frequency?: number;
  readonly period?: number | bigint;
  readonly cpu: number;
}

export interface UprobeOptions {
  /** A file, or a bare name that libbpf looks for in the usual folders. */
  readonly path: string;
  readonly function?: string;
  /** Within the function, or in the file without one. */
  readonly offset?: number;
  readonly retprobe?: boolean;
  /** -1 (default): all processes; 0: this one. */
  readonly pid?: number;
}

export interface UsdtOptions {
  readonly path: string;
  readonly provider: string;
  readonly name: string;
  /** -1 (default): all processes; 0: this one. */
  readonly pid?: number;
}

export interface PerfBufferOptions {
  /** Per CPU, a power of two; default 64. */
  readonly pages?: number;
}
