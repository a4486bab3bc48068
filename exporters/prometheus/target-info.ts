/** `target_info`: a series for each resource whose batches are on the page. */
import type { Attributes } from '@opentelemetry/api';
import { joinLabels, labelMap } from './label-text.ts';

export const TARGET_INFO = 'target_info';
const IDENTITY = ['service.namespace', 'service.name', 'service.instance.id'] as const;

/**
 * `{…} 1` for each resource. Pipelines whose resources say the same of the service are one target, with the attributes
 * of all: joins with `target_info` on `job` and `instance` must find one series.
 */
export function targetInfoSamples(resources: readonly Attributes[]): string[] {
  const targets = new Map<string, Attributes>();
  for (const resource of resources) {
    const key = JSON.stringify(IDENTITY.map((name) => resource[name]));
    targets.set(key, { ...targets.get(key), ...resource, ...targets.get(key) });
  }
  const texts = Array.from(targets.values(), (target) =>
    joinLabels(labelMap({ ...target, ...jobAndInstance(target) })),
  );
  return [...new Set(texts)].map((labels) => `${TARGET_INFO}${labels === '' ? '' : `{${labels}}`} 1\n`);
}

/** As the collector makes them of `service.*`. */
function jobAndInstance(resource: Attributes): Attributes {
  const [namespace, name, instance] = IDENTITY.map((key) => (typeof resource[key] === 'string' ? resource[key] : ''));
  const job = name !== '' && namespace !== '' ? `${namespace}/${name}` : name;
  return { ...(job === '' ? {} : { job }), ...(instance === '' ? {} : { instance }) };
}
