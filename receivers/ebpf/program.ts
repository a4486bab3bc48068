/** One program config on this kernel: loaded and attached as far as the kernel goes, with its state and the reason. */
import type { ProgramInfo } from '../../native/index.ts';
import { BpfError, BpfObject } from '../../native/index.ts';
import { Alternatives } from './alternatives.ts';
import type { Refusal } from './attach-target.ts';
import { explain } from './attach-target.ts';
import { CgroupIds } from './cgroup-id-map.ts';
import type { ProgramFile } from './program-file.ts';
import { attachProgram, isPerCpu, onlineCpusIdentity } from './section.ts';
import { targetIdentity } from './target-file.ts';

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
  /** Below which the files of uprobes and usdt are. Default: `/`. */
  readonly rootPath?: string;
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

/** What came of a load. */
interface Outcome {
  /** Undefined when nothing is loaded. */
  readonly object: BpfObject | undefined;
  /** Of the object, in the kernel. */
  readonly loaded: readonly ProgramInfo[];
  readonly all: readonly ProgramInfo[];
  readonly alternatives?: Alternatives;
  readonly verdict: Verdict;
  readonly cgroupIds?: CgroupIds;
}

export class Program {
  readonly file: ProgramFile;
  /** Undefined when nothing is loaded. */
  readonly object: BpfObject | undefined;
  /** Keeps the object's `cgroup_id_map`, filled once, before programs were attached. */
  readonly cgroupIds: CgroupIds | undefined;
  readonly startTimeUnixNano: bigint;
  readonly #root: string | undefined;
  readonly #outcome: Outcome;
  /** What was at the place of each awaited file when it was last looked at. */
  readonly #awaited = new Map<string, string>();
  #verdict: Verdict;
  #programs: readonly AttachedProgram[];
  #cpus = '';

  private constructor(file: ProgramFile, outcome: Outcome, root?: string) {
    this.file = file;
    this.object = outcome.object;
    this.cgroupIds = outcome.cgroupIds;
    this.#outcome = outcome;
    this.#verdict = outcome.verdict;
    this.#programs = programsOf(outcome);
    this.#root = root;
    this.startTimeUnixNano = BigInt(Date.now()) * 1_000_000n;
    for (const target of outcome.alternatives?.awaited().values() ?? []) {
      this.#awaited.set(target, targetIdentity(target, root));
    }
    if (this.#perCpu().length > 0) this.#cpus = onlineCpusIdentity();
  }

  get state(): State {
    return this.#verdict.state;
  }
  /** '' when active. */
  get reason(): string {
    return this.#verdict.reason;
  }
  get programs(): readonly AttachedProgram[] {
    return this.#programs;
  }

  /** Never throws: what fails is told by `state` and `reason`. */
  static load(file: ProgramFile, options: LoadOptions): Program {
    let opened: BpfObject | undefined;
    try {
      opened = BpfObject.open(file.objectFile, { btfPath: options.btfPath });
      const alternatives = new Alternatives(file.config.attach, opened.programs);
      return new Program(file, climb(file, options, opened, alternatives), options.rootPath);
    } catch (error) {
      opened?.close();
      const verdict: Verdict = { state: 'failed', reason: messageOf(error) };
      return new Program(file, { object: undefined, loaded: [], all: [], verdict });
    }
  }

  /** `block_rq_issue=issue_btf`: what was chosen of each attach group. */
  get chosen(): readonly string[] {
    const attached = new Set(this.programs.filter((program) => program.attached).map(({ info }) => info.name));
    return this.file.config.attach.flatMap(({ name, any }) =>
      any.filter((program) => attached.has(program)).map((program) => `${name}=${program}`),
    );
  }

  /** Whether it waits for a file. */
  get isWaiting(): boolean {
    return this.#awaited.size > 0;
  }

  /** Whether a file that it waits for has come since the last call, so that it is worth a load. Costs a few stats. */
  hasCome(): boolean {
    return this.#come().length > 0;
  }

  /**
   * Attaches to files that have come, and to CPUs that have come online, since the last call. Costs a few stats when there
   * are none. @returns whether state, reason or what is attached is another now.
   */
  follow(): boolean {
    const { object, alternatives } = this.#outcome;
    if (object === undefined || alternatives === undefined) return false;
    const come = this.#come();
    const waiting = this.#outcome.loaded.filter(({ name }) => come.includes(alternatives.awaited().get(name) ?? ''));
    const moved = this.#cpusChanged() ? this.#perCpu() : [];
    if (waiting.length + moved.length === 0) return false;
    for (const program of [...waiting, ...moved]) {
      alternatives.accept(program.name);
      // Links to a CPU that went are dead when it comes back: all are made anew.
      object.detach(program.name);
      attachOne(object, program, alternatives, this.#root);
    }
    const { reason } = this.#verdict;
    this.#verdict = verdictOf(object, alternatives);
    this.#programs = programsOf(this.#outcome);
    return waiting.length > 0 || reason !== this.#verdict.reason;
  }

  #cpusChanged(): boolean {
    if (this.#perCpu().length === 0) return false;
    const before = this.#cpus;
    this.#cpus = onlineCpusIdentity();
    return this.#cpus !== before;
  }

  #perCpu(): ProgramInfo[] {
    return this.#outcome.loaded.filter(({ section }) => isPerCpu(section));
  }

  #come(): string[] {
    return [...this.#awaited].flatMap(([target, before]) => {
      const now = targetIdentity(target, this.#root);
      this.#awaited.set(target, now);
      return now !== '' && now !== before ? [target] : [];
    });
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
/** Loads and attaches; each refusal moves an alternative on and starts over with a fresh object, so it ends. */
function climb(file: ProgramFile, options: LoadOptions, first: BpfObject, alternatives: Alternatives): Outcome {
  for (let object = first; ; object = BpfObject.open(file.objectFile, { btfPath: options.btfPath })) {
    try {
      const outcome = tryOnce(file, options, object, alternatives);
      if (outcome?.object !== object) object.close();
      if (outcome !== undefined) return outcome;
    } catch (error) {
      object.close();
      throw error;
    }
  }
}

/** @returns undefined when the next alternatives are to be tried, with a fresh object. */
function tryOnce(
  file: ProgramFile,
  options: LoadOptions,
  object: BpfObject,
  alternatives: Alternatives,
): Outcome | undefined {
  const all = object.programs;
  const wanted = all.filter(({ name }) => alternatives.wants(name));
  const loaded = !isOff(verdictOf(object, alternatives)) && tryLoad(file, options, object, alternatives);
  const cgroupIds = loaded ? fillCgroups(file, object) : undefined;
  const whole = loaded && (options.attach === false || attachAll(object, wanted, alternatives, options.rootPath));
  const verdict = verdictOf(object, alternatives);
  if (isOff(verdict)) return { object: undefined, loaded: [], all, alternatives, verdict };
  return whole ? { object, loaded: wanted, all, alternatives, verdict, cgroupIds } : undefined;
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
function attachAll(
  object: BpfObject,
  wanted: readonly ProgramInfo[],
  alternatives: Alternatives,
  root?: string,
): boolean {
  for (const program of wanted) {
    if (!attachOne(object, program, alternatives, root) && alternatives.isGrouped(program.name)) return false;
  }
  return true;
}

/** @returns false when it was refused; it is attached nowhere then. */
function attachOne(object: BpfObject, program: ProgramInfo, alternatives: Alternatives, root?: string): boolean {
  try {
    attachProgram(object, program, root);
    return true;
  } catch (error) {
    const refusal: Refusal =
      error instanceof BpfError ? explain(error, program.section) : { state: 'failed', reason: messageOf(error) };
    object.detach(program.name);
    alternatives.refuse(program.name, refusal);
    return false;
  }
}

function programsOf({ all, loaded, alternatives }: Outcome): AttachedProgram[] {
  return all.map((info) => {
    const refusal = alternatives?.refusal(info.name);
    const isLoaded = loaded.includes(info);
    return { info, loaded: isLoaded, attached: isLoaded && refusal === undefined, reason: refusal?.reason };
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
