/** The receiver's life: checks, loads and attaches programs at start, shows their state, detaches at shutdown. */
import type { BpfObject } from '../../native/index.ts';
import type { Fault, Logger, Receiver, Scraper, Settings, SpanConsumer, SpanRecords } from '../../src/component.ts';
import type { InstrumentationScope } from '../../src/metric-batch.ts';
import { BuiltInMetrics } from './built-in-metrics.ts';
import type { EbpfConfig } from './index.ts';
import { FallbackProgram } from './fallback-program.ts';
import { kernelAddress } from './kernel-address.ts';
import { MapStatistics } from './map-statistics.ts';
import { MemoryKeeper } from './memory.ts';
import { Program } from './program.ts';
import type { MetricNames, ProgramFile } from './program-file.ts';
import { checkProgram, findProgram } from './program-file.ts';
import type { Holder, Making } from './program-store.ts';
import { programStore } from './program-store.ts';
import { RunningProgram } from './running-program.ts';
import { EbpfScraper } from './scraper.ts';
import { spanBatch } from './span-source.ts';

/** Scope name of everything that programs measure. */
const SCOPE = 'ebpf-otel-agent/receiver/ebpf';

/** How often it is looked for files and CPUs that have come since. */
const LOOK_MS = 5000;

export class EbpfReceiver implements Receiver {
  readonly #settings: Settings;
  readonly #config: EbpfConfig;
  readonly #logger: Logger;
  readonly #builtIn: BuiltInMetrics;
  readonly #scope: InstrumentationScope;
  readonly #spanConsumers: SpanConsumer[] = [];
  readonly #memory = new MemoryKeeper();
  readonly #maps: MapStatistics;
  readonly #holder: Holder;
  #running: readonly RunningProgram[] = [];
  #fallbacks: readonly FallbackProgram[] = [];
  /** Off until a file comes. */
  #waiting: Program[] = [];
  #look: NodeJS.Timeout | undefined;

  constructor(settings: Settings, config: EbpfConfig) {
    this.#settings = settings;
    this.#config = config;
    this.#logger = settings.logger;
    this.#scope = { name: SCOPE, version: settings.version };
    this.#maps = new MapStatistics(settings.telemetry, settings.logger);
    this.#holder = { generation: settings.generation, emit: (records) => this.#emit(records) };
    this.#builtIn = new BuiltInMetrics(settings, this.#maps, () => this.#running);
  }

  /** @throws with `on_error: fail` when a program has a fault or does not run whole. */
  start(): void {
    const names: MetricNames = new Map();
    const outcomes = this.#config.programs.map((name) => this.#startOne(name, names));
    this.#running = outcomes.filter((outcome) => outcome instanceof RunningProgram);
    this.#fallbacks = outcomes.filter((outcome) => outcome instanceof FallbackProgram);
    this.#memory.settle();
    const failures = outcomes.filter((outcome) => typeof outcome === 'string');
    if (failures.length === 0 || this.#config.on_error === 'skip') {
      this.#look = setInterval(() => this.#follow(), LOOK_MS).unref();
      return;
    }
    this.shutdown();
    throw new Error(failures.join('\n'));
  }

  shutdown(): void {
    clearInterval(this.#look);
    this.#memory.stop();
    for (const program of this.#running) programStore.release(program, this.#holder);
    this.#running = [];
    this.#fallbacks = [];
    this.#waiting = [];
  }

  inputs(): string[] {
    const { config_dir: folder, programs } = this.#config;
    return programs.flatMap((name) => Object.values(findProgram(folder, name)));
  }

  scraper(): Scraper {
    const { collection_interval: intervalMs, initial_delay: initialDelayMs, series_limit: seriesLimit } = this.#config;
    return new EbpfScraper(
      () => [...this.#running, ...this.#fallbacks],
      { intervalMs, initialDelayMs, seriesLimit },
      { logger: this.#logger, telemetry: this.#settings.telemetry, memory: this.#memory, maps: this.#maps },
    );
  }

  onSpans(consumer: SpanConsumer): void {
    this.#spanConsumers.push(consumer);
  }

  #follow(): void {
    for (const { program } of this.#running) if (program.follow()) this.#reportProgram(program);
    const come = this.#waiting.filter((program) => program.hasCome());
    this.#waiting = this.#waiting.filter((program) => !come.includes(program));
    for (const { file } of come) {
      const outcome = this.#load(file);
      if (outcome instanceof RunningProgram) this.#running = [...this.#running, outcome];
    }
  }

  #emit(records: SpanRecords): void {
    for (const consume of this.#spanConsumers) consume(spanBatch(records, this.#scope));
  }

  /** @returns the running program, or why there is none. */
  #startOne(name: string, names: MetricNames): RunningProgram | FallbackProgram | string {
    const { file, faults } = checkProgram(this.#config.config_dir, name, names);
    if (file === undefined) {
      const reason = faults.map(formatFault).join('\n');
      this.#report(name, 'failed', reason);
      return reason;
    }
    return this.#load(file);
  }

  #load(file: ProgramFile): RunningProgram | FallbackProgram | string {
    const { btf_path: btfPath, root_path: rootPath, map_sizes: mapSizes } = this.#config;
    const making: Making = { file, btfPath, rootPath, mapSizes };
    const running = programStore.takeOver(making, this.#holder);
    if (running !== undefined) {
      this.#reportProgram(running.program, {
        since: new Date(Number(running.program.startTimeUnixNano / 1_000_000n)).toISOString(),
      });
      return running;
    }
    const program = Program.load(file, { btfPath, rootPath, mapSizes, kernelAddress });
    const fallback = program.object === undefined ? FallbackProgram.of(program.file, this.#scope) : undefined;
    if (fallback !== undefined) {
      this.#report(file.name, 'active', '', { alternatives: fallback.alternative, instead: program.reason });
      return fallback;
    }
    const { object } = program;
    if (object === undefined) {
      this.#reportProgram(program);
      if (program.isWaiting) this.#waiting.push(program);
      return `program ${file.name} is ${program.state}: ${program.reason}`;
    }
    return this.#run(program, object, making);
  }

  /** A buffer of events, for one, may be refused although all is attached. */
  #run(program: Program, object: BpfObject, making: Making): RunningProgram | string {
    const { name } = program.file;
    try {
      const running = programStore.add(
        making,
        this.#holder,
        (emit) => new RunningProgram(program, object, this.#scope, emit),
      );
      this.#reportProgram(program);
      return running;
    } catch (error) {
      program.close();
      const reason = error instanceof Error ? error.message : String(error);
      this.#report(name, 'failed', reason);
      return `program ${name} is failed: ${reason}`;
    }
  }

  #reportProgram({ file, state, reason, chosen }: Program, more: Record<string, unknown> = {}): void {
    this.#report(file.name, state, reason, {
      ...(chosen.length > 0 ? { alternatives: chosen.join(' ') } : {}),
      ...more,
    });
  }

  #report(name: string, state: Program['state'], reason: string, more: Record<string, unknown> = {}): void {
    this.#builtIn.state(name, state, reason);
    const attributes = { config: name, state, ...(reason === '' ? {} : { reason }), ...more };
    // With the name: the log samples lines of one message, and no program's state may be left out.
    if (state === 'active') this.#logger.info(`program ${name} is active`, attributes);
    else if (state === 'failed') this.#logger.error(`program ${name} failed`, attributes);
    else this.#logger.warn(`program ${name} is ${state}`, attributes);
  }
}

/** `FILE:LINE:COLUMN: path: message` */
export function formatFault({ file, line, column, path, message }: Fault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  return `${place}: ${path === undefined || path === '' ? '' : `${path}: `}${message}`;
}
