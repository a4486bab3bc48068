/** Prints metrics and spans. */
import type { ExporterFactory } from '../../src/component.ts';
import type { DebugConfig } from './config.ts';
import { configSchema } from './config.ts';
import { DebugExporter } from './exporter.ts';

export const debug: ExporterFactory<DebugConfig> = {
  type: 'debug',
  signals: ['metrics', 'traces'],
  stability: 'beta',
  description: 'Prints what reaches it, in three degrees of detail.',
  config: configSchema,
  create: (settings, config) => new DebugExporter(settings, config),
};
