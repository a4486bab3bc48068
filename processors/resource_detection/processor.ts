/** `resource_detection`: adds what detectors know to the resource of each batch. They run at start, not at collections. */
import type { Attributes } from '@opentelemetry/api';
import type { Logger, Processor, Settings, SpanBatch } from '../../src/component.ts';
import type { MetricBatch } from '../../src/metric-batch.ts';
import type { ResourceDetectionConfig } from './config.ts';
import { detectAll } from './detect.ts';

/** What the agent says where nobody gave a name: as good as absent. */
const DEFAULT_SERVICE_NAME = 'ebpf-otel-agent';

export class ResourceDetectionProcessor implements Processor {
  readonly #config: ResourceDetectionConfig;
  readonly #logger: Logger;
  #detected: Attributes = {};
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(settings: Settings, config: ResourceDetectionConfig) {
    this.#config = config;
    this.#logger = settings.logger;
  }

  async start(): Promise<void> {
    await this.#detect();
    this.#logger.info('resource detected', this.#detected);
    const { refresh_interval: interval } = this.#config;
    if (interval > 0) this.#timer = setInterval(() => void (this.#running = this.#detect()), interval).unref();
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  process(batch: MetricBatch): void {
    this.#add(batch.resource);
  }
  processSpans(batch: SpanBatch): void {
    this.#add(batch.resource);
  }

  /** Never rejects. */
  async #detect(): Promise<void> {
    this.#detected = await detectAll(this.#config, this.#logger);
  }

  #add(resource: Attributes): void {
    for (const name in this.#detected) {
      const isDefault = name === 'service.name' && resource[name] === DEFAULT_SERVICE_NAME;
      if (this.#config.override || isDefault || resource[name] === undefined) resource[name] = this.#detected[name];
    }
  }
}
