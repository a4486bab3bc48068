/** What the agent is built from. */
import type {
  Component,
  ExporterFactory,
  ExtensionFactory,
  Factory,
  ProcessorFactory,
  ReceiverFactory,
  Signal,
} from '../component.ts';
import type { TelemetryConfig } from './telemetry-schema.ts';

/** The registry's type: what `src/components.ts` lists. */
export interface Components {
  readonly receivers: readonly ReceiverFactory<unknown>[];
  readonly processors: readonly ProcessorFactory<unknown>[];
  readonly exporters: readonly ExporterFactory<unknown>[];
  readonly extensions: readonly ExtensionFactory<unknown>[];
}

export interface ComponentConfig {
  /** As the user wrote it. */
  readonly id: string;
  /** Canonical, also where the id has an old name. */
  readonly type: string;
  readonly factory: Factory<unknown, Component>;
  /** Parsed by the factory's schema. */
  readonly config: unknown;
  /** Named by a pipeline or in `service::extensions`; the rest is checked, not made. */
  readonly used: boolean;
}

/** References in the order of the config, each once. */
export interface PipelineConfig {
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

export type Section = 'receivers' | 'processors' | 'exporters' | 'extensions';
export type ComponentConfigs = Readonly<Record<Section, ReadonlyMap<string, ComponentConfig>>>;

export interface AgentConfig extends ComponentConfigs {
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: readonly PipelineConfig[];
    readonly telemetry: TelemetryConfig;
  };
}
