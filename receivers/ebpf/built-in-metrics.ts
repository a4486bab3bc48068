/** What dashboards read of the programs themselves (spec/programs.md, "Built-in metrics"), and what would else be silent. */
import { existsSync, readFileSync } from 'node:fs';
import type { Attributes } from '@opentelemetry/api';
import type { OwnMetric, Settings } from '../../src/component.ts';
import type { MapStatistics } from './map-statistics.ts';
import type { State } from './program.ts';
import type { RunningProgram } from './running-program.ts';

const STATS_ENABLED = '/proc/sys/kernel/bpf_stats_enabled';

export class BuiltInMetrics {
  readonly #maps: MapStatistics;
  readonly #running: () => readonly RunningProgram[];
  readonly #enabled: OwnMetric;
  readonly #state: OwnMetric;
  readonly #states = new Map<string, Attributes>();
  /** What was told at the last collection: other receivers tell of their programs in the same metrics. */
  #programs: [OwnMetric, Attributes][] = [];
  readonly #decoderErrors: OwnMetric;
  readonly #info: OwnMetric;
  readonly #attached: OwnMetric;
  readonly #runTime: OwnMetric;
  readonly #runCount: OwnMetric;
  readonly #missedRuns: OwnMetric;
  readonly #lost: OwnMetric;
  readonly #insertFailures: OwnMetric;
  readonly #failedReads: OwnMetric;
  readonly #logger: Settings['logger'];
  /** Configs whose last read failed: told once. */
  readonly #failing = new Set<string>();

  constructor(
    { telemetry, version, logger }: Pick<Settings, 'telemetry' | 'version' | 'logger'>,
    maps: MapStatistics,
    running: () => readonly RunningProgram[],
  ) {
    this.#logger = logger;
    this.#maps = maps;
    this.#running = running;
    this.#enabled = telemetry.gauge('enabled_configs', 'The set of enabled configs');
    this.#state = telemetry.gauge(
      'otelcol_receiver_ebpf_program_state',
      '1 for the state that a program config is in, with the reason',
    );
    this.#decoderErrors = telemetry.counter('decoder_errors_total', 'How many times keys failed to decode');
    this.#info = telemetry.gauge('ebpf_program_info', 'Info about eBPF programs');
    this.#attached = telemetry.gauge('ebpf_program_attached', 'Whether a program is attached');
    this.#runTime = telemetry.counter('ebpf_program_run_time_seconds', 'How long has the program been executing', 's');
    this.#runCount = telemetry.counter('ebpf_program_run_count_total', 'How many times has the program been executed');
    this.#missedRuns = telemetry.counter(
      'otelcol_receiver_ebpf_missed_program_runs',
      'Events not counted since the kernel runs no BPF program within another one on the same CPU',
    );
    this.#lost = telemetry.counter(
      'otelcol_receiver_ebpf_lost_events',
      'Events of perf event arrays and ring buffers that were lost, by reason',
    );
    this.#insertFailures = telemetry.counter(
      'otelcol_receiver_ebpf_failed_map_inserts',
      'Events not counted since their map was full',
    );
    this.#failedReads = telemetry.counter(
      'otelcol_receiver_ebpf_failed_program_reads',
      'Reads of the run time or the losses of a program config that failed',
    );
    telemetry
      .gauge('build_info', 'Constant 1, with the version of the agent')
      .set(1, { version, nodeversion: process.version, arch: process.arch });
    telemetry.onCollect(() => this.#collect());
  }

  /** In place of what was told of the config before. */
  state(config: string, state: State, reason: string): void {
    const attributes = { config, state, reason };
    const before = this.#states.get(config);
    if (before !== undefined) this.#state.delete(before);
    this.#states.set(config, attributes);
    this.#state.set(1, attributes);
    if (state === 'failed' || state === 'inactive') return;
    this.#enabled.set(1, { name: config });
    this.#decoderErrors.add(0, { config });
  }

  #collect(): void {
    for (const [metric, attributes] of this.#programs) metric.delete(attributes);
    this.#programs = [];
    const withStats = existsSync(STATS_ENABLED) && readFileSync(STATS_ENABLED, 'latin1').trim() === '1';
    for (const program of this.#running()) {
      this.#tellPrograms(program);
      this.#try(program.name, () => {
        this.#tellRuns(program, withStats);
        this.#collectLosses(program);
      });
    }
  }

  /** What can't be read costs itself, not the page. */
  #try(config: string, read: () => void): void {
    try {
      read();
      this.#failing.delete(config);
    } catch (error) {
      this.#failedReads.add(1, { config });
      if (!this.#failing.has(config)) this.#logger.error('program not read', { config, error });
      this.#failing.add(config);
    }
  }

  #tellPrograms({ name: config, program, identities }: RunningProgram): void {
    for (const { info, attached } of program.programs) {
      const identity = identities.get(info.name);
      if (identity === undefined) continue;
      this.#tell(this.#info, 1, { config, program: info.name, ...identity });
      this.#tell(this.#attached, attached ? 1 : 0, { id: identity.id });
    }
  }

  #tellRuns({ name: config, program: { object }, identities }: RunningProgram, withStats: boolean): void {
    for (const [name, { id }] of identities) {
      const runtime = object?.runtimeInfo(name);
      if (runtime === undefined) continue;
      this.#tell(this.#missedRuns, runtime.recursionMisses, { config, program: name });
      if (!withStats) continue;
      this.#tell(this.#runTime, runtime.runTimeNs / 1e9, { id });
      this.#tell(this.#runCount, runtime.runCount, { id });
    }
  }

  /** Until the next collection. */
  #tell(metric: OwnMetric, value: number, attributes: Attributes): void {
    metric.set(value, attributes);
    this.#programs.push([metric, attributes]);
  }

  #collectLosses({ name: config, events, spans, insertFailures }: RunningProgram): void {
    for (const { ringbuf, lost } of spans) {
      for (const [reason, count] of Object.entries(lost)) this.#lost.set(count, { config, map: ringbuf, reason });
    }
    for (const { metric, counter } of events) {
      for (const [reason, count] of Object.entries(counter.lost))
        this.#lost.set(count, { config, map: metric, reason });
    }
    for (const { map, maxEntries, count } of insertFailures()) {
      this.#insertFailures.set(count, { config, map });
      this.#maps.failed(config, { name: map, maxEntries }, count);
    }
  }
}
