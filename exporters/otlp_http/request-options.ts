/** What of the config goes into every request. */
import type { Settings } from '../../src/component.ts';
import type { OtlpHttpConfig, QueueConfig } from './config.ts';

export type Signal = 'metrics' | 'traces';

/** `endpoint` gets the signal's path; an endpoint of the signal's own is used as it is. */
export function requestUrls(config: OtlpHttpConfig): Record<Signal, URL | undefined> {
  const url = (own: string | undefined, path: string): URL | undefined => {
    if (own !== undefined) return new URL(own);
    return config.endpoint === undefined ? undefined : new URL(`${config.endpoint.replace(/\/$/, '')}/${path}`);
  };
  return { metrics: url(config.metrics_endpoint, 'v1/metrics'), traces: url(config.traces_endpoint, 'v1/traces') };
}

/** Names in lower case; the user's win. */
export function requestHeaders({ version }: Settings, config: OtlpHttpConfig): Record<string, string> {
  const own = Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    'user-agent': `ebpf-otel-agent/${version}`,
    'content-type': config.encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    ...(config.compression === 'none' ? {} : { 'content-encoding': config.compression }),
    ...Object.fromEntries(own),
  };
}

/** Without a queue a collection waits for its result; spans, which cannot wait, still have a bound. */
export function effectiveQueue(queue: QueueConfig): QueueConfig {
  if (queue.enabled) return queue;
  return { ...queue, sizer: 'requests', queue_size: 1000, num_consumers: 1000, wait_for_result: true };
}
