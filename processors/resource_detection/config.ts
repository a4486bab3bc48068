/** Config block of `resource_detection`: the collector's fields. */
import type { Infer, Schema } from '../../src/schema.ts';
import { boolean, describe, didYouMean, duration, list, object, oneOf } from '../../src/schema.ts';
import type { DetectorName } from './attributes.ts';
import { ATTRIBUTES, DETECTORS, ELSEWHERE } from './attributes.ts';

type Enabled = Readonly<Record<string, { readonly enabled: boolean }>>;

/** `resource_attributes: { host.id: { enabled: true } }`, for what one detector can say. */
function resourceAttributes(of: keyof typeof ATTRIBUTES): Schema<Enabled> {
  const fields = Object.entries(ATTRIBUTES[of]).map(([name, enabled]) => {
    return [name, object({ enabled: boolean({ default: enabled, doc: `Whether ${name} is added.` }) })] as const;
  });
  return object(Object.fromEntries(fields), { doc: 'Attributes to add or to leave out.' });
}

const detector: Schema<DetectorName> = {
  ...oneOf(DETECTORS),
  parse(value, path, report) {
    const found = DETECTORS.find((name) => name === value);
    if (found === undefined) report(path, refusal(value));
    return found;
  },
};

function refusal(value: unknown): string {
  const expected = `expected one of ${DETECTORS.join(', ')}, got ${describe(value)}`;
  const elsewhere = typeof value === 'string' && ELSEWHERE.includes(value);
  if (elsewhere) return `detector "${value}" is one of the collector's that this agent does not have; ${expected}`;
  return `${expected}${didYouMean(String(value), DETECTORS)}`;
}

const hostnameSources = list(oneOf(['os', 'dns', 'cname', 'lookup']), {
  default: ['os'],
  min: 1,
  doc:
    'Where host.name comes from, the first that answers: os: the name as the system has it; dns or lookup: that of its ' +
    'address; cname: its canonical name. Only os asks no name server.',
});

const fields = {
  detectors: list<DetectorName>(detector, {
    default: ['env'],
    min: 1,
    doc: 'Where several know an attribute, the first wins. env: OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME; host is system without os.',
  }),
  timeout: duration({ default: '5s', positive: true, doc: 'How long one detector may take; then it adds nothing.' }),
  override: boolean({
    default: true,
    doc: 'Replace attributes that are there already; a default service.name always is.',
  }),
  refresh_interval: duration({ default: '0s', doc: 'Detect again so often; 0: once, at start.' }),
  system: object({ hostname_sources: hostnameSources, resource_attributes: resourceAttributes('system') }),
  host: object({ hostname_sources: hostnameSources, resource_attributes: resourceAttributes('host') }),
  os: object({ resource_attributes: resourceAttributes('os') }),
  process: object({ resource_attributes: resourceAttributes('process') }),
  container: object({ resource_attributes: resourceAttributes('container') }),
};

export const configSchema = object(fields, { doc: 'Adds what is known of the host and of the agent to the resource.' });
export type ResourceDetectionConfig = Infer<typeof configSchema>;
export type HostnameSource = ResourceDetectionConfig['system']['hostname_sources'][number];
