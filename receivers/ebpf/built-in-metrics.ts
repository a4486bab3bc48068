/** What dashboards read of the programs themselves (spec/programs.md, "Built-in metrics"), and what would else be silent. */
import { existsSync, readFileSync } from 'node:fs';
import type { OwnMetric, Telemetry } from '../../src/component.ts';
import type { MapStatistics } from './map-statistics.ts';
import type { State } from './program.ts';
import type { RunningProgram } from './running-program.ts';

const STATS_ENABLED = '/proc/sys/kernel/bpf_stats_enabled';

export class BuiltInMetrics {
  readonly #maps: MapStatistics;
  readonly #running: () => readonly RunningProgram[];
  readonly #enabled: OwnMetric;
  readonly #state: OwnMetric;
  readonly #decoderErrors: OwnMetric;
  readonly #info: OwnMetric;
  readonly #attached: OwnMetric;
  readonly #runTime: OwnMetric;
  readonly #runCount: OwnMetric;
  readonly #lost: OwnMetric;
  readonly #insertFailures: OwnMetric;

  constructor(telemetry: Telemetry, version: string, maps: MapStatistics, running: () => readonly RunningProgram[]) {
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
    this.#lost = telemetry.counter(
      'otelcol_receiver_ebpf_lost_events',
      'Events of perf event arrays and ring buffers that were lost, by reason',
    );
    this.#insertFailures = telemetry.counter(
      'otelcol_receiver_ebpf_failed_map_inserts',
      'Events not counted since their map was full',
    );
    telemetry
      .gauge('build_info', 'Constant 1, with the version of the agent')
      .set(1, { version, nodeversion: process.version, arch: process.arch });
    telemetry.onCollect(() => this.#collect());
  }

  state(config: string, state: State, reason: string): void {
    this.#state.set(1, { config, state, reason });
    if (state === 'failed' || state === 'inactive') return;
    this.#enabled.set(1, { name: config });
    this.#decoderErrors.add(0, { config });
  }

  #collect(): void {
    for (const metric of [this.#info, this.#attached, this.#runTime, this.#runCount]) metric.clear();
    const withStats = existsSync(STATS_ENABLED) && readFileSync(STATS_ENABLED, 'latin1').trim() === '1';
    for (const program of this.#running()) {
      this.#collectPrograms(program, withStats);
      this.#collectLosses(program);
    }
  }

  #collectPrograms({ name: config, program: { programs, object } }: RunningProgram, withStats: boolean): void {
    for (const { info, loaded, attached } of programs) {
      if (!loaded || object === undefined) continue;
      const runtime = object.runtimeInfo(info.name);
      const id = { id: String(runtime.id) };
      this.#info.set(1, { config, program: info.name, tag: runtime.tag, ...id });
      this.#attached.set(attached ? 1 : 0, id);
      if (!withStats) continue;
      this.#runTime.set(runtime.runTimeNs / 1e9, id);
      this.#runCount.set(runtime.runCount, id);
    }
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
