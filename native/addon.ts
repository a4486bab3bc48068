/** The C++ side as it is, positional and unchecked. Only the files beside this one use it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BpfError } from './bpf-error.ts';
import type { BpfErrorFields } from './bpf-error.ts';
import type { MapInfo, ProgramInfo, RuntimeInfo } from './types.ts';

export interface NativeReader {
  readonly keys: Uint8Array;
  readonly values: Float64Array;
  readonly keySize: number;
  readonly fields: number;
  /** Returns the number of rows. */
  read(): number;
}

export interface NativeStream {
  readonly closed: boolean;
  close(): void;
  consume(): number;
}

export interface NativeObject {
  license(): string;
  programs(): ProgramInfo[];
  maps(): MapInfo[];
  constants(): { name: string; size: number }[];
  setConstant(name: string, value: bigint): void;
  setAutoload(program: string, on: boolean): void;
  setMaxEntries(map: string, entries: number): void;
  load(): void;
  close(): void;
  attach(program: string): void;
  attachPerfEvent(program: string, type: number, config: bigint, frequency: number, period: bigint, cpu: number): void;
  attachUprobe(program: string, path: string, fn: string, offset: number, retprobe: boolean, pid: number): void;
  attachUsdt(program: string, path: string, provider: string, name: string, pid: number): void;
  attachXdp(program: string, ifindex: number): void;
  attachTracepoint(program: string, category: string, name: string): void;
  attachRawTracepoint(program: string, name: string): void;
  attachKprobe(program: string, fn: string, offset: number, retprobe: boolean): void;
  detach(program: string): void;
  attached(program: string): number;
  runtimeInfo(program: string): RuntimeInfo;
  reader(map: string, each: boolean, batch: boolean): NativeReader;
  lookup(map: string, key: Uint8Array): Uint8Array | undefined;
  update(map: string, key: Uint8Array, value: Uint8Array): void;
  delete(map: string, key: Uint8Array): boolean;
  fill(map: string, keys: Uint8Array, values: Uint8Array): void;
  mapFd(map: string): number;
  ringBuffer(map: string, onRecord: (record: Uint8Array) => void): NativeStream;
  perfBuffer(
    map: string,
    pages: number,
    onEvent: (event: Uint8Array, cpu: number) => void,
    onLost: (count: number, cpu: number) => void,
  ): NativeStream;
}

interface Addon {
  BpfObject: new (file: string, btfPath?: string) => NativeObject;
  setErrorClass(error: new (fields: BpfErrorFields) => BpfError): void;
  triggerPostAttachMark(): void;
  postAttachMarkPath(): string;
  probeProgramType(type: string): boolean;
  probeMapType(type: string): boolean;
  probeHelper(programType: string, helper: number): boolean;
  jitedBytes(): number;
  releaseMemory(): void;
  /** A bit for each. */
  keepCapabilities(kept: bigint): void;
  /** False for what is no descriptor of this process. */
  keepOpen(fd: number): boolean;
  /** Gives the reason when it could not be sent. */
  notifySystemd(socket: string, text: string): string | undefined;
  libbpfVersion(): string;
  possibleCpus(): number;
  btfHasFunction(btfPath: string, name: string): boolean | undefined;
  btfTracepointArguments(btfPath: string, name: string): number | undefined;
  releaseKernelBtf(): void;
}

/** EBPF_ADDON names another build (sanitizers). A cross build for this machine stands in a folder of its own. */
function addonFile(): string {
  const [own, cross] = ['build/addon.node', `build/${process.arch}/addon.node`].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  return process.env.EBPF_ADDON ?? (existsSync(cross) ? cross : own);
}

function loadAddon(): Addon {
  const file = addonFile();
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (cause) {
    const reason = existsSync(file) ? (cause as Error).message : `${file} is not built: make -C native`;
    throw new Error(`the libbpf addon cannot be loaded: ${reason}`, { cause });
  }
}

export const addon = loadAddon();
addon.setErrorClass(BpfError);
