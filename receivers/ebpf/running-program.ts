/** A loaded program with what flows out of it: readers of its maps, counters of its events. */
import type { BpfObject, MapReader } from '../../native/index.ts';
import { triggerPostAttachMark } from '../../native/index.ts';
import type { SpanRecords } from '../../src/component.ts';
import type { InstrumentationScope } from '../../src/metric-batch.ts';
import { EventCounter } from './event-counter.ts';
import { metricHead, planReaders } from './family-readers.ts';
import { keyLayoutOfEvents } from './key-layout.ts';
import type { FamilyReader } from './map-family.ts';
import { ValueReader } from './map-family.ts';
import type { Program } from './program.ts';
import type { CounterConfig } from './program-config.ts';
import { POST_ATTACH_MARK } from './section.ts';
import { SpanSource } from './span-source.ts';
import type { ReadableProgram } from './scraper.ts';

const FAILED = '_failed';

export class RunningProgram implements ReadableProgram {
  readonly name: string;
  readonly program: Program;
  readonly #object: BpfObject;
  readonly #scope: InstrumentationScope;
  readonly #failureReaders: readonly { readonly map: string; readonly reader: MapReader }[];
  readonly #events: ReadonlyMap<CounterConfig, EventCounter>;
  readonly spans: readonly SpanSource[];
  /** What the kernel says of each loaded BPF program and never changes: asked now, while capabilities allow it. */
  readonly identities: ReadonlyMap<string, { readonly id: string; readonly tag: string }>;

  /** @param object that of `program`, loaded. */
  constructor(program: Program, object: BpfObject, scope: InstrumentationScope, emit: (records: SpanRecords) => void) {
    this.name = program.file.name;
    this.program = program;
    this.#object = object;
    this.#scope = scope;
    this.identities = new Map(
      program.programs
        .filter(({ loaded }) => loaded)
        .map(({ info: { name } }) => {
          const { id, tag } = object.runtimeInfo(name);
          return [name, { id: String(id), tag }];
        }),
    );
    const failures = object.maps.filter(({ name, valueSize }) => name.endsWith(FAILED) && valueSize === 8);
    this.#failureReaders = failures.map(({ name }) => ({
      map: name.slice(0, -FAILED.length),
      reader: object.reader(name),
    }));
    const events = program.file.config.metrics.counters.filter((counter) => counter.perf_event_array);
    this.#events = new Map(events.map((counter) => [counter, this.#countEvents(counter)]));
    this.spans = program.file.config.tracing.spans.map((span) => new SpanSource(object, span, this.name, emit));
    program.cgroupIds?.follow();
    if (object.programs.some(({ section }) => section === POST_ATTACH_MARK)) triggerPostAttachMark();
  }

  /** @param seriesLimit of each metric; 0: none. */
  makeReaders(seriesLimit = 0): FamilyReader[] {
    const { file, startTimeUnixNano } = this.program;
    const plans = planReaders(file.config, file.name, this.#scope, this.#object.maps, () => {});
    const fromEvents = [...this.#events].map(([config, counter]) => {
      const head = { ...metricHead('counter', config), source: file.name, scope: this.#scope, startTimeUnixNano };
      // A label set that was flushed counts anew.
      const evicts = config.flush_interval !== undefined;
      return new ValueReader(head, counter, keyLayoutOfEvents(config.labels), 0, { seriesLimit, evicts });
    });
    return [...plans.map(({ make }) => make(this.#object, startTimeUnixNano, seriesLimit)), ...fromEvents];
  }

  /** Event counters by metric, for their losses. */
  get events(): readonly { readonly metric: string; readonly counter: EventCounter }[] {
    return [...this.#events].map(([{ name }, counter]) => ({ metric: name, counter }));
  }

  /**
   * Of maps beside which the object counts them in a map `MAP_failed` (programs/include/maps.bpf.h), and of `cgroup_id_map`.
   * Throws BpfError when one can't be read.
   */
  insertFailures = (): readonly { readonly map: string; readonly maxEntries: number; readonly count: number }[] => {
    const { cgroupIds } = this.program;
    const told = this.#failureReaders.map(({ map, reader }) => {
      const { count, values } = reader.read();
      return {
        map,
        maxEntries: this.#maxEntries(map),
        count: values.subarray(0, count).reduce((sum, value) => sum + value, 0),
      };
    });
    if (cgroupIds === undefined) return told;
    return [...told, { map: cgroupIds.map, maxEntries: this.#maxEntries(cgroupIds.map), count: cgroupIds.failed }];
  };

  #maxEntries = (map: string): number => this.#object.maps.find(({ name }) => name === map)?.maxEntries ?? 0;

  close(): void {
    for (const span of this.spans) span.close();
    for (const counter of this.#events.values()) counter.close();
    this.program.close();
  }

  #countEvents({ name, labels, flush_interval }: CounterConfig): EventCounter {
    const size = labels.reduce((sum, label) => sum + (label.size ?? 0) + label.padding, 0);
    return new EventCounter(this.#object, name, size, flush_interval);
  }
}
