/** The program config format, `NAME.yaml` beside `NAME.bpf.o` (spec/programs.md): its schema, and nothing of the kernel. */
import type { Infer } from '../../src/schema.ts';
import {
  boolean,
  duration,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  optional,
  string,
  text,
} from '../../src/schema.ts';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const MAX_LABEL_BYTES = 65_536;

const matching = (pattern: RegExp, what: string) => (value: string) =>
  pattern.test(value) ? undefined : `expected ${what} matching ${pattern.source}, got "${value}"`;

const decoder = object({
  name: string({ doc: 'decoder of spec/programs.md; the output of one is the input of the next' }),
  static_map: optional(map(text(), { doc: 'text to text, for static_map' })),
  allow_unknown: boolean({ default: false, doc: 'static_map: an unknown text stays as it is' }),
  regexps: optional(list(text(), { doc: 'RE2 expressions, for regexp; the first that matches wins' })),
});

const bytes = {
  size: optional(
    integer({ min: 1, max: MAX_LABEL_BYTES, doc: 'bytes of the key; taken from the key in BTF when absent' }),
  ),
  padding: integer({ default: 0, min: 0, max: MAX_LABEL_BYTES, doc: 'bytes to skip after it' }),
  decoders: list(decoder, { default: [] }),
};

const label = object({
  name: string({ doc: 'name of the label', check: matching(LABEL_NAME, 'a label name') }),
  ...bytes,
});
const labels = list(label, { default: [], doc: "how the map key's bytes split, in order" });

const metricName = string({
  doc: 'metric name, and the name of its BPF map',
  check: matching(METRIC_NAME, 'a metric name'),
});
const help = text({
  doc: 'HELP text',
  check: (value) => (value === '' ? 'a help text must not be empty' : undefined),
});

/** Beyond the format's `name` = map = metric: several metrics from one map whose value is a struct of u64 fields. */
const mapFields = {
  map: optional(string({ doc: 'name of the BPF map; default: the name of the metric' })),
  field: optional(string({ doc: "u64 member of the map's value struct, by its name in BTF" })),
};

const counter = object({
  name: metricName,
  help,
  labels,
  ...mapFields,
  fallback: optional(
    oneOf(['jited_pages'], {
      doc: 'what to show where the program is off: pages of compiled BPF programs, as the kernel tells them',
    }),
  ),
  perf_event_array: boolean({ default: false, doc: 'the map is a PERF_EVENT_ARRAY: each event counts 1' }),
  flush_interval: optional(duration({ doc: 'label sets without an event for so long are forgotten' })),
});

const gauge = object({
  name: metricName,
  help,
  labels,
  ...mapFields,
  per_cpu: oneOf(['sum', 'max'], { default: 'sum', doc: 'how the values of a per-CPU map become one' }),
});

const histogram = object(
  {
    name: metricName,
    help,
    labels: list(label, { min: 1, doc: 'the last label is the bucket' }),
    bucket_type: oneOf(['exp2', 'exp2zero', 'linear', 'fixed']),
    bucket_min: integer({ default: 0, min: 0 }),
    bucket_max: integer({ default: 0, min: 0 }),
    bucket_multiplier: number({ default: 1, doc: 'upper bounds and sum times this; 0: 1' }),
    bucket_keys: list(integer({ min: 0 }), { default: [], doc: 'fixed: the buckets, ascending' }),
  },
  {
    check({ bucket_type, bucket_min, bucket_max, bucket_keys }, report) {
      if (bucket_type === 'fixed') {
        if (bucket_keys.length === 0) report(['bucket_keys'], 'a fixed histogram needs bucket_keys, got none');
        const unsorted = bucket_keys.findIndex((key, i) => i > 0 && key <= bucket_keys[i - 1]);
        if (unsorted > 0)
          report(
            ['bucket_keys', unsorted],
            `bucket_keys must ascend: ${bucket_keys[unsorted]} follows ${bucket_keys[unsorted - 1]}`,
          );
      } else if (bucket_max <= bucket_min) {
        report(
          ['bucket_max'],
          `expected bucket_max above bucket_min, got ${bucket_min} to ${bucket_max}: an empty range`,
        );
      } else if (bucket_max - bucket_min > 4096) {
        report(['bucket_max'], `at most 4096 buckets, got ${bucket_max - bucket_min}`);
      } else if (bucket_type !== 'linear' && bucket_max > 1023) {
        report(['bucket_max'], `2^${bucket_max} is no finite number: expected bucket_max of at most 1023`);
      }
    },
  },
);

/** An attribute of a span may have any name, dots included: OpenTelemetry's names have them. */
const attribute = object({
  name: text({
    doc: 'name of the attribute, or a special one of spec/programs.md',
    check: (value) => (value === '' ? 'an attribute must have a name' : undefined),
  }),
  ...bytes,
});

const span = object({
  ringbuf: string({ doc: 'name of the ring buffer map' }),
  name: text({ default: '' }),
  service: text({ default: '' }),
  labels: list(attribute, { default: [], doc: 'how the bytes of a record split, in order' }),
});

/** Of each group the first program that this kernel has and accepts is loaded; the others are not. */
const attachGroup = object({
  name: string({ doc: 'what the group watches, for status' }),
  any: list(string(), { min: 1, doc: 'BPF programs (C functions), in order of preference' }),
  optional: boolean({ default: false, doc: 'without it the config is partial, not inactive' }),
});

const cgroupIdMap = object({
  name: string(),
  type: oneOf(['hash', 'cgrp_storage'], { default: 'hash' }),
  regexps: list(text(), { min: 1, doc: 'RE2 expressions on the cgroup path' }),
});

export const programSchema = object(
  {
    metrics: object({
      counters: list(counter, { default: [] }),
      gauges: list(gauge, { default: [] }),
      histograms: list(histogram, { default: [] }),
    }),
    tracing: object({ spans: list(span, { default: [] }) }),
    kaddrs: list(string(), { default: [], doc: 'kernel symbols whose addresses the object wants as kaddr_SYMBOL' }),
    cgroup_id_map: optional(cgroupIdMap),
    attach: list(attachGroup, { default: [] }),
  },
  {
    check({ metrics, tracing }, report) {
      const { counters, gauges, histograms } = metrics;
      if (counters.length + gauges.length + histograms.length + tracing.spans.length === 0) {
        report([], 'expected at least one of metrics::counters, metrics::gauges, metrics::histograms, tracing::spans');
      }
    },
  },
);

export type ProgramConfig = Infer<typeof programSchema>;
export type CounterConfig = Infer<typeof counter>;
export type GaugeConfig = Infer<typeof gauge>;
export type HistogramConfig = Infer<typeof histogram>;
export type SpanConfig = Infer<typeof span>;
export type LabelConfig = Infer<typeof label>;
export type AttachGroup = Infer<typeof attachGroup>;
export type CgroupIdMap = Infer<typeof cgroupIdMap>;
