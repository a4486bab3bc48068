/** libbpf for the agent: the only door to the addon. */
export { BpfError } from './bpf-error.ts';
export { BpfObject } from './bpf-object.ts';
export { keepCapabilities, parseCapabilities } from './capabilities.ts';
export {
  btfHasFunction,
  btfHasTracepoint,
  btfTracepointArguments,
  jitedBytes,
  libbpfVersion,
  possibleCpus,
  postAttachMarkPath,
  probeHelper,
  probeMapType,
  probeProgramType,
  releaseMemory,
  triggerPostAttachMark,
} from './kernel.ts';
export { EventStream, MapReader } from './streams.ts';
export { keepInheritedSockets, notifySystemd } from './systemd.ts';
export type {
  MapInfo,
  MapSnapshot,
  OpenOptions,
  PerfBufferOptions,
  PerfEventOptions,
  ProgramInfo,
  ReaderOptions,
  RuntimeInfo,
  TypeLayout,
  UprobeOptions,
  UsdtOptions,
} from './types.ts';
