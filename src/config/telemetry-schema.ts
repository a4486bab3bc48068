/** `service::telemetry`, with the collector's fields and defaults. */
import type { AttributeValue } from '@opentelemetry/api';
import { refused } from '../refused.ts';
import type { Infer, Schema } from '../schema.ts';
import {
  anything,
  boolean,
  describe,
  duration,
  Expanded,
  fail,
  integer,
  list,
  map,
  object,
  oneOf,
  string,
} from '../schema.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

const level = oneOf(LEVELS, { default: 'info', doc: 'The least level that is logged.' });
/** zap takes levels in capitals too. */
const anyCase: Schema<LogLevel> = {
  ...level,
  parse: (value, path, report) => level.parse(typeof value === 'string' ? value.toLowerCase() : value, path, report),
};

const sampling = object(
  {
    enabled: boolean({ default: true, doc: 'Leave out most repetitions of the same message.' }),
    tick: duration({ default: '10s', positive: true, doc: 'Repetitions are counted anew after this.' }),
    initial: integer({ default: 10, min: 0, doc: 'The first lines of a message in each tick that are logged.' }),
    thereafter: integer({ default: 100, min: 0, doc: 'Then each so-manyth; 0: none.' }),
  },
  { doc: 'What was left out is told with the next line of the same message.' },
);

const paths = (what: string): Schema<readonly string[]> =>
  list(string(), { default: ['stderr'], doc: `${what}: stderr, stdout, or files, which are appended to.` });

const logs = object({
  level: anyCase,
  encoding: oneOf(['console', 'json'], { default: 'console', doc: 'Form of a log line.' }),
  output_paths: paths('Where log lines go'),
  error_output_paths: paths("Where the logger's own errors go"),
  development: boolean({ default: false, doc: 'Stack traces from warn on.' }),
  disable_caller: boolean({ default: false, doc: 'Leave out the component that a line comes from.' }),
  disable_timestamp: boolean({ default: false, doc: 'Leave out the time: whoever reads the lines adds it.' }),
  disable_stacktrace: boolean({ default: false, doc: 'Leave out stack traces.' }),
  initial_fields: map(anything(), { default: {}, doc: 'Fields of each line.' }),
  sampling,
  processors: unsupported('it does not send its own logs'),
  disable_zap_resource: unsupported('its log lines carry no resource'),
});
export type LogsConfig = Infer<typeof logs>;

const OWN_METRICS = "its own metrics are on each exporter's page and in each push";
const metrics = object({
  level: oneOf(['none', 'basic', 'normal', 'detailed'], {
    default: 'normal',
    doc: "The agent's own metrics, otelcol_…; none: only what is said of programs.",
  }),
  readers: unsupported(OWN_METRICS),
  address: unsupported(OWN_METRICS),
  views: unsupported(OWN_METRICS),
});

export const telemetrySchema = object({
  logs,
  metrics,
  resource: resourceAttributes(),
  traces: unsupported('it records no traces of itself'),
});
export type TelemetryConfig = Infer<typeof telemetrySchema>;

const asksNothing = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Refused by name; an empty list or map asks for nothing. */
function unsupported(reason: string): Schema<undefined> {
  const schema = refused(reason);
  return { ...schema, parse: (value, ...rest) => (asksNothing(value) ? undefined : schema.parse(value, ...rest)) };
}

/** Keeps the types of numbers and booleans. */
function resourceAttributes(): Schema<Readonly<Record<string, AttributeValue>>> {
  const attribute: Schema<AttributeValue> = {
    expected: 'text, a number or a boolean',
    doc: '',
    json: { type: ['string', 'number', 'boolean'] },
    parse(value, path, report) {
      const found = value instanceof Expanded ? value.value : value;
      if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') return found;
      return fail(report, path, `expected ${attribute.expected}, got ${describe(value)}`);
    },
  };
  return map(attribute, { default: {}, doc: "Resource attributes of the agent's own, over those it finds." });
}
