/** From the config block to what the text writer asks for. */
import type { PrometheusConfig } from './config.ts';
import type { WriterOptions } from './text-writer.ts';

export function writerOptions(config: PrometheusConfig): WriterOptions {
  const { translation_strategy: strategy } = config;
  return {
    namespace: config.namespace,
    suffixes: strategy === undefined ? config.add_metric_suffixes : strategy === 'UnderscoreEscapingWithSuffixes',
    constLabels: config.const_labels,
    scopeInfo: !config.without_scope_info,
    targetInfo: !config.without_target_info,
    sendTimestamps: config.send_timestamps,
    expirationMs: config.metric_expiration,
    isLabel: resourceLabels(config),
  };
}

function resourceLabels(config: PrometheusConfig): (attribute: string) => boolean {
  const { included, excluded } = config.resource_constant_labels;
  const all = config.resource_to_telemetry_conversion.enabled;
  const [isIncluded, isExcluded] = [matcher(included), matcher(excluded)];
  return (attribute) => (all || isIncluded(attribute)) && !isExcluded(attribute);
}

/** `*` stands for any text. */
function matcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((part) => RegExp.escape(part))
          .join('.*')}$`,
        's',
      ),
  );
  return (text) => expressions.some((expression) => expression.test(text));
}
