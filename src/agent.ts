/** Builds what a config says, starts it so that exporters come last, and shuts it down in reverse. */
import type { Attributes } from '@opentelemetry/api';
import { agentResource } from './agent-resource.ts';
import type { Component, Exporter, Kind, Logger, Processor, Receiver, Settings } from './component.ts';
import type { AgentConfig, ComponentConfig, PipelineConfig } from './config.ts';
import type { MetricSource } from './metric-batch.ts';
import { MetricPipeline, spanPipeline } from './pipeline.ts';
import { OwnTelemetry } from './telemetry.ts';

export interface AgentOptions {
  readonly version: string;
  /** 1 for the first of a process, then one more at each reload. */
  readonly generation: number;
  /** Of the process so far. */
  readonly reloads: Readonly<{ succeeded: number; failed: number }>;
  readonly logger: Logger;
  /** A logger that names the component in each line. */
  readonly componentLogger: (kind: Kind, id: string) => Logger;
  /** Called when a running component can't go on. */
  readonly onFatal: (error: Error) => void;
}

interface Part {
  readonly path: string;
  readonly component: Component;
}

/** How long exporters may take to send what there is at shutdown. */
const FLUSH_MS = 2500;

export class Agent {
  readonly #config: AgentConfig;
  readonly #options: AgentOptions;
  readonly #telemetry: OwnTelemetry;
  readonly #resource: Attributes;
  readonly #receivers = new Map<string, Receiver>();
  readonly #exporters = new Map<string, Exporter>();
  /** In the order of start. */
  readonly #parts: Part[] = [];
  #started: Part[] = [];
  #shutdown: Promise<void> | undefined;

  constructor(config: AgentConfig, options: AgentOptions) {
    this.#config = config;
    this.#options = options;
    const { telemetry } = config.service;
    this.#resource = agentResource(options.version, telemetry.resource);
    this.#telemetry = new OwnTelemetry(telemetry.metrics.level, options.version, this.#resource);
    for (const id of config.service.extensions) this.#make('extension', config.extensions, id);
    this.#build();
    this.#tellReloads();
  }

  /** Files that components were made from, beside the config itself. */
  inputs(): string[] {
    return this.#parts.flatMap(({ component }) => component.inputs?.() ?? []);
  }

  /** Starts extensions, receivers, processors, exporters. @throws the first failure, after everything started is shut down again. */
  async start(): Promise<void> {
    for (const part of this.#parts) {
      try {
        await part.component.start?.();
        this.#started.push(part);
      } catch (error) {
        await this.shutdown();
        throw new Error(`${part.path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    }
  }

  /** A last push, then everything in reverse order. A part that fails to stop is logged and costs only itself. Idempotent. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stop();
    return this.#shutdown;
  }

  async #stop(): Promise<void> {
    const started = this.#started.toReversed();
    this.#started = [];
    const pushing = [...this.#exporters.values()].filter((exporter) =>
      started.some(({ component }) => component === exporter),
    );
    await withinMs(FLUSH_MS, Promise.allSettled(pushing.map(async (exporter) => exporter.flush?.())));
    for (const { path, component } of started) {
      try {
        await component.shutdown?.();
      } catch (error) {
        this.#options.logger.error('shutdown failed', { path, error });
      }
    }
  }

  #build(): void {
    const { pipelines } = this.#config.service;
    for (const { receivers } of pipelines) for (const id of receivers) this.#receiver(id);
    const built = pipelines.map((pipeline) => ({
      pipeline,
      processors: pipeline.processors.map((id) => this.#processor(pipeline, id)),
    }));
    for (const { exporters } of pipelines) for (const id of exporters) this.#exporter(id);
    const sources = new Map<string, MetricSource[]>();
    for (const { pipeline, processors } of built) {
      if (pipeline.signal === 'traces') this.#connectSpans(pipeline, processors);
      else this.#addSource(sources, pipeline, processors);
    }
    for (const [id, own] of sources) {
      const intervalMs = Math.min(...own.map((source) => source.intervalMs));
      const initialDelayMs = Math.min(...own.map((source) => source.initialDelayMs));
      this.#exporters.get(id)?.connect?.([...own, this.#telemetry.source(intervalMs, initialDelayMs)]);
    }
  }

  #addSource(sources: Map<string, MetricSource[]>, pipeline: PipelineConfig, processors: readonly Processor[]): void {
    const source = new MetricPipeline({
      id: pipeline.id,
      scrapers: pipeline.receivers.flatMap((id) => {
        const part = this.#receiver(id).scraper?.();
        return part === undefined ? [] : [{ id, part }];
      }),
      processors: processors.map((part, i) => ({ id: pipeline.processors[i], part })),
      resource: this.#resource,
      telemetry: this.#telemetry,
      logger: this.#options.logger,
    });
    for (const id of pipeline.exporters) sources.set(id, [...(sources.get(id) ?? []), source]);
  }

  #connectSpans(pipeline: PipelineConfig, processors: readonly Processor[]): void {
    const exporters = pipeline.exporters.map((id) => this.#exporter(id));
    const consume = spanPipeline(this.#resource, processors, exporters);
    for (const id of pipeline.receivers) this.#receiver(id).onSpans?.(consume);
  }

  #tellReloads(): void {
    const reloads = this.#telemetry.counter('otelcol_config_reloads', 'Reloads of the config, by result');
    this.#telemetry.onCollect(() => {
      for (const [result, count] of Object.entries(this.#options.reloads)) reloads.set(count, { result });
    });
  }

  #receiver(id: string): Receiver {
    const made = this.#receivers.get(id) ?? this.#make('receiver', this.#config.receivers, id);
    this.#receivers.set(id, made);
    return made;
  }
  #exporter(id: string): Exporter {
    const made = this.#exporters.get(id) ?? this.#make('exporter', this.#config.exporters, id);
    this.#exporters.set(id, made);
    return made;
  }
  #processor(pipeline: PipelineConfig, id: string): Processor {
    return this.#make('processor', this.#config.processors, id, `${pipeline.id}/`) as Processor;
  }

  #make(kind: Kind, configs: ReadonlyMap<string, ComponentConfig>, id: string, within = ''): Component {
    const configured = configs.get(id);
    if (configured === undefined) throw new Error(`${kind} "${id}" is not configured`);
    const settings: Settings = {
      id,
      kind,
      version: this.#options.version,
      generation: this.#options.generation,
      logger: this.#options.componentLogger(kind, id),
      telemetry: this.#telemetry,
      fatal: this.#options.onFatal,
    };
    const component = configured.factory.create(settings, configured.config);
    this.#parts.push({ path: `${within}${kind}s::${id}`, component });
    return component;
  }
}

/** Resolves with `work`, or without it when it takes longer. */
async function withinMs(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
