/** Pushes metrics and spans to any OTLP/HTTP endpoint. */
import type { ExporterFactory } from '../../src/component.ts';
import type { OtlpHttpConfig } from './config.ts';
import { configSchema } from './config.ts';
import { OtlpHttpExporter } from './exporter.ts';

export const otlpHttp: ExporterFactory<OtlpHttpConfig> = {
  type: 'otlp_http',
  aliases: ['otlphttp'],
  signals: ['metrics', 'traces'],
  stability: 'beta',
  description: 'Pushes metrics and traces over OTLP/HTTP, as protocol buffers or JSON.',
  config: configSchema,
  create: (settings, config) => new OtlpHttpExporter(settings, config),
};
