/** Adds what is known of the host, the operating system, the container and the agent's own process to the resource. */
import type { ProcessorFactory } from '../../src/component.ts';
import type { ResourceDetectionConfig } from './config.ts';
import { configSchema } from './config.ts';
import { ResourceDetectionProcessor } from './processor.ts';

export const resourceDetection: ProcessorFactory<ResourceDetectionConfig> = {
  type: 'resource_detection',
  aliases: ['resourcedetection'],
  signals: ['metrics', 'traces'],
  stability: 'beta',
  description: 'Adds resource attributes of the host and of the agent, by OpenTelemetry resource detectors.',
  config: configSchema,
  create: (settings, config) => new ResourceDetectionProcessor(settings, config),
};
