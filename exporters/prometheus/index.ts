/** `prometheus`: metrics served over HTTP for Prometheus to scrape. */
import type { ExporterFactory } from '../../src/component.ts';
import type { PrometheusConfig } from './config.ts';
import { configSchema } from './config.ts';
import { PrometheusExporter } from './exporter.ts';

export const prometheus: ExporterFactory<PrometheusConfig> = {
  type: 'prometheus',
  signals: ['metrics'],
  stability: 'beta',
  description: 'Serves metrics for Prometheus: text format 0.0.4 and OpenMetrics 1.0',
  config: configSchema,
  create: (settings, config) => new PrometheusExporter(settings, config),
};
