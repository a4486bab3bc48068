/** Runs OpenTelemetry's own detectors. Their packages are loaded when a config names them, not before. */
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ResourceDetector } from '@opentelemetry/resources';
import type { Logger } from '../../src/component.ts';
import type { DetectorName } from './attributes.ts';
import type { ResourceDetectionConfig } from './config.ts';
import { hostName } from './hostname.ts';

const DETECT: Readonly<Record<DetectorName, (config: ResourceDetectionConfig) => Promise<Record<string, unknown>>>> = {
  env: detectEnv,
  system: async ({ system }) => ({ ...(await detectHost(system.hostname_sources)), ...(await detectOs()) }),
  host: ({ host }) => detectHost(host.hostname_sources),
  os: detectOs,
  process: async () => run((await import('@opentelemetry/resources')).processDetector),
  container: detectContainer,
};

async function detectEnv(): Promise<Record<string, unknown>> {
  const { resourceAttributesEnvDetector, serviceNameEnvDetector } = await import('@opentelemetry/resources');
  const attributes = await run(resourceAttributesEnvDetector);
  const variable = process.env['OTEL_RESOURCE_ATTRIBUTES']?.trim() ?? '';
  // The detector drops a variable that it cannot read without a word.
  if (variable !== '' && Object.keys(attributes).length === 0) {
    throw new Error('OTEL_RESOURCE_ATTRIBUTES is not of the form key=value,key=value with percent-encoded values');
  }
  return { ...attributes, ...(await run(serviceNameEnvDetector)) };
}

async function detectContainer(): Promise<Record<string, unknown>> {
  const { containerDetector } = await import('@opentelemetry/resource-detector-container');
  const { 'container.id': id } = await run(containerDetector);
  // Outside of a container the detector takes any last part of a cgroup's path that happens to be hex.
  return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) ? { 'container.id': id } : {};
}

async function detectHost(sources: Parameters<typeof hostName>[0]): Promise<Record<string, unknown>> {
  const { hostDetector } = await import('@opentelemetry/resources');
  return { ...(await run(hostDetector)), 'host.name': await hostName(sources) };
}

async function detectOs(): Promise<Record<string, unknown>> {
  return run((await import('@opentelemetry/resources')).osDetector);
}

/** A detector's attributes once all of their promises are settled. */
async function run(detector: ResourceDetector): Promise<Record<string, unknown>> {
  const entries = Object.entries(detector.detect().attributes ?? {});
  const settled = await Promise.all(entries.map(async ([name, value]) => [name, await value] as const));
  return Object.fromEntries(settled);
}

/** What all detectors know together. One that fails or takes too long costs itself only, with a line in the log. */
export async function detectAll(config: ResourceDetectionConfig, logger: Logger): Promise<Attributes> {
  const found = await Promise.all(
    config.detectors.map(async (detector) => {
      try {
        return select(detector, await within(config.timeout, DETECT[detector](config)), config);
      } catch (error) {
        logger.warn('resource detector failed', { detector, error });
        return {};
      }
    }),
  );
  // The first wins, so it is laid over the others.
  return Object.assign({}, ...found.toReversed()) as Attributes;
}

function select(detector: DetectorName, all: Record<string, unknown>, config: ResourceDetectionConfig): Attributes {
  const enabled = (name: string): boolean =>
    detector === 'env' || (config[detector].resource_attributes[name]?.enabled ?? false);
  const entries = Object.entries(all).filter(([name, value]) => enabled(name) && value !== undefined && value !== '');
  return Object.fromEntries(entries) as Record<string, AttributeValue>;
}

/** Rejects when `work` is not settled in time; `work` itself goes on. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
