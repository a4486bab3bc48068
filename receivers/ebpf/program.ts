/** One program config on this kernel: loaded and attached as far as the kernel goes, with its state and the reason. */
import type { ProgramInfo } from '../../native/index.ts';
import { BpfError, BpfObject } from '../../native/index.ts';
import { Alternatives } from './alternatives.ts';
import { explain } from './attach-target.ts';
import { CgroupIds } from './cgroup-id-map.ts';
import type { ProgramFile } from './program-file.ts';
import { attachProgram } from './section.ts';

/**
 * active: everything wanted is attached. partial: the rest serves. inactive: hook, hardware or file is not there.
 * failed: it should have worked.
 */
export type State = 'active' | 'partial' | 'inactive' | 'failed';

export interface LoadOptions {
  readonly btfPath?: string;
  /** Entries of maps by name, in place of what the object says. */
  readonly mapSizes: Readonly<Record<string, number>>;
  /** Address of a kernel symbol, or undefined. */
  readonly kernelAddress: (symbol: string) => bigint | undefined;
  /** Default: true. Otherwise the kernel verifies the programs, and that is all. */
  readonly attach?: boolean;
}

export interface AttachedProgram {
  readonly info: ProgramInfo;
  /** In the kernel; false for alternatives that were not taken and programs that were refused. */
  readonly loaded: boolean;
  readonly attached: boolean;
  /** Why it is not attached. */
  readonly reason?: string;
}

export class Program {
  readonly file: ProgramFile;
  readonly state: State;
  /** '' when active. */
  readonly reason: string;
  /** Undefined when nothing is loaded. */
  readonly object: BpfObject | undefined;
  readonly programs: readonly AttachedProgram[];
  /** Keeps the object's `cgroup_id_map`, filled once, before programs were attached. */
  readonly cgroupIds: CgroupIds | undefined;
  readonly startTimeUnixNano: bigint;

  private constructor(
    file: ProgramFile,
    object: BpfObject | undefined,
    programs: readonly AttachedProgram[],
    verdict: Verdict,
    cgroupIds?: CgroupIds,
  ) {
    this.file = file;
    this.object = object;
    this.programs = programs;
    this.cgroupIds = cgroupIds;
    this.state = verdict.state;
    this.reason = verdict.reason;
    this.startTimeUnixNano = BigInt(Date.now()) * 1_000_000n;
  }

  /** Never throws: what fails is told by `state` and `reason`. */
  static load(file: ProgramFile, options: LoadOptions): Program {
    let opened: BpfObject | undefined;
    try {
      opened = BpfObject.open(file.objectFile, { btfPath: options.btfPath });
      const alternatives = new Alternatives(file.config.attach, opened.programs);
      return climb(
        file,
        options,
        opened,
        alternatives,
        (object, programs, verdict, cgroupIds) => new Program(file, object, programs, verdict, cgroupIds),
      );
    } catch (error) {
      opened?.close();
      return new Program(file, undefined, [], { state: 'failed', reason: messageOf(error) });
    }
  }

  /** `block_rq_issue=issue_btf`: what was chosen of each attach group. */
  get chosen(): readonly string[] {
    const attached = new Set(this.programs.filter((program) => program.attached).map(({ info }) => info.name));
    return this.file.config.attach.flatMap(({ name, any }) =>
      any.filter((program) => attached.has(program)).map((program) => `${name}=${program}`),
    );
  }

  close(): void {
    this.cgroupIds?.stop();
    this.object?.close();
  }
}

interface Verdict {
  readonly state: State;
  readonly reason: string;
}
type Make = (
  object: BpfObject | undefined,
  programs: readonly AttachedProgram[],
  verdict: Verdict,
  cgroupIds?: CgroupIds,
) => Program;

/** Loads and attaches; each refusal moves an alternative on and starts over with a fresh object, so it ends. */
function climb(
  file: ProgramFile,
  options: LoadOptions,
  first: BpfObject,
  alternatives: Alternatives,
  make: Make,
): Program {
  for (let object = first; ; object = BpfObject.open(file.objectFile, { btfPath: options.btfPath })) {
    const wanted = object.programs.filter(({ name }) => alternatives.wants(name));
    const loaded = !isOff(verdictOf(object, alternatives)) && tryLoad(file, options, object, alternatives);
    const cgroupIds = loaded ? fillCgroups(file, object) : undefined;
    const whole = loaded && (options.attach === false || attachAll(object, wanted, alternatives));
    const verdict = verdictOf(object, alternatives);
    if (whole && !isOff(verdict))
      return make(object, outcome(object.programs, wanted, alternatives), verdict, cgroupIds);
    object.close();
    if (isOff(verdict)) return make(undefined, outcome(object.programs, [], alternatives), verdict);
  }
}

const isOff = ({ state }: Verdict): boolean => state === 'inactive' || state === 'failed';

/** @returns false when a program was refused and the object must be opened anew without it. Throws what concerns no single program. */
function tryLoad(file: ProgramFile, options: LoadOptions, object: BpfObject, alternatives: Alternatives): boolean {
  prepare(file, options, object, alternatives);
  try {
    object.load();
    return true;
  } catch (error) {
    const refused = object.programs.find(
      ({ name }) => error instanceof BpfError && name === error.program && alternatives.wants(name),
    );
    if (refused === undefined) throw error;
    alternatives.refuse(refused.name, explain(error as BpfError, refused.section));
    return false;
  }
}

function fillCgroups(file: ProgramFile, object: BpfObject): CgroupIds | undefined {
  const { cgroup_id_map: config } = file.config;
  if (config === undefined) return undefined;
  const cgroupIds = new CgroupIds(object, config);
  cgroupIds.scan();
  return cgroupIds;
}

function prepare(file: ProgramFile, options: LoadOptions, object: BpfObject, alternatives: Alternatives): void {
  for (const { name } of object.programs) object.setAutoload(name, alternatives.wants(name));
  for (const { name } of object.maps) {
    if (options.mapSizes[name] !== undefined) object.setMaxEntries(name, options.mapSizes[name]);
  }
  for (const symbol of file.config.kaddrs) {
    const address = options.kernelAddress(symbol);
    if (address === undefined) throw new Error(`kernel symbol ${symbol} (kaddrs) has no address in /proc/kallsyms`);
    object.setConstant(`kaddr_${symbol}`, address);
  }
}

/** @returns false when an alternative was refused: the next one needs a fresh object. */
function attachAll(object: BpfObject, wanted: readonly ProgramInfo[], alternatives: Alternatives): boolean {
  for (const program of wanted) {
    try {
      attachProgram(object, program);
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      alternatives.refuse(program.name, explain(error, program.section));
      if (alternatives.isGrouped(program.name)) return false;
    }
  }
  return true;
}

function outcome(
  programs: readonly ProgramInfo[],
  wanted: readonly ProgramInfo[],
  alternatives: Alternatives,
): AttachedProgram[] {
  return programs.map((info) => {
    const refusal = alternatives.refusal(info.name);
    const loaded = wanted.includes(info);
    return { info, loaded, attached: loaded && refusal === undefined, reason: refusal?.reason };
  });
}

function verdictOf(object: BpfObject, alternatives: Alternatives): Verdict {
  const lost = alternatives.lost();
  const needed = lost.filter(({ group }) => !group.optional);
  const refused = object.programs.filter(
    ({ name }) => !alternatives.isGrouped(name) && alternatives.refusal(name) !== undefined,
  );
  const reasons = [
    ...lost.map(({ group, refusal }) => `${group.name}: ${refusal.reason}`),
    ...refused.map(({ name }) => `${name}: ${alternatives.refusal(name)?.reason}`),
  ];
  const reason = reasons.join('; ');
  const nothingLeft = refused.length > 0 && !object.programs.some(({ name }) => alternatives.wants(name));
  if (needed.length > 0 || nothingLeft) {
    const worst = [
      ...needed.map(({ refusal }) => refusal),
      ...(nothingLeft ? refused.map(({ name }) => alternatives.refusal(name)) : []),
    ];
    return { state: worst.some((refusal) => refusal?.state === 'failed') ? 'failed' : 'inactive', reason };
  }
  return { state: reasons.length > 0 ? 'partial' : 'active', reason };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
