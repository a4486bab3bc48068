/** Questions about this kernel and libbpf, without an object. */
import { addon } from './addon.ts';

export function libbpfVersion(): string {
  return addon.libbpfVersion();
}

/** CPUs that per-CPU maps have values of: also those that are not online. */
export function possibleCpus(): number {
  return addon.possibleCpus();
}

/** Whether this kernel lets us load programs of a type ('tracing', 'kprobe', ...). Throws BpfError EINVAL for an unknown name. */
export function probeProgramType(type: string): boolean {
  return addon.probeProgramType(type);
}

/** Whether this kernel lets us make maps of a type ('hash', 'ringbuf', ...). Throws BpfError EINVAL for an unknown name. */
export function probeMapType(type: string): boolean {
  return addon.probeMapType(type);
}

/** @param helper number as in the kernel's `enum bpf_func_id`. */
export function probeHelper(programType: string, helper: number): boolean {
  return addon.probeHelper(programType, helper);
}

let release: NodeJS.Immediate | undefined;

/** The kernel's BTF is some MiB: kept while questions come one after another, freed in the next turn of the event loop. */
function releaseSoon<T>(answer: T): T {
  release ??= setImmediate(() => {
    release = undefined;
    addon.releaseKernelBtf();
  });
  return answer;
}

/** Whether BTF describes a kernel function of this name; undefined when there is no BTF. @param btfPath default: the kernel's. */
export function btfHasFunction(name: string, btfPath = ''): boolean | undefined {
  return releaseSoon(addon.btfHasFunction(btfPath, name));
}

/** Whether BTF describes a tracepoint `name` (without its category); undefined when there is no BTF. */
export function btfHasTracepoint(name: string, btfPath = ''): boolean | undefined {
  const count = releaseSoon(addon.btfTracepointArguments(btfPath, name));
  return count === undefined ? undefined : count >= 0;
}

/** How many arguments tp_btf and raw_tp programs on a tracepoint get; undefined without such a tracepoint or without BTF. */
export function btfTracepointArguments(name: string, btfPath = ''): number | undefined {
  const count = releaseSoon(addon.btfTracepointArguments(btfPath, name));
  return count === -1 ? undefined : count;
}

/** Bytes of machine code of all BPF programs in this kernel. Throws BpfError EPERM without CAP_SYS_ADMIN. */
export function jitedBytes(): number {
  return addon.jitedBytes();
}

/**
 * Gives memory back that only the start needed: what libbpf freed (the kernel's BTF, some 15 MiB) and pages of program text,
 * which come back from the page cache when they are run again. Costs some milliseconds; call it when things have settled.
 */
export function releaseMemory(): void {
  addon.releaseMemory();
}

/** Calls `post_attach_mark`, an empty function of the addon, for programs that run once when all are attached. */
export function triggerPostAttachMark(): void {
  addon.triggerPostAttachMark();
}

/** The file that has `post_attach_mark`, to attach a uprobe to. */
export function postAttachMarkPath(): string {
  return addon.postAttachMarkPath();
}
