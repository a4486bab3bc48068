import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prometheus } from './index.ts';
import { writerOptions } from './writer-options.ts';

describe('config', () => {
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{}, /"endpoint" is required/],
    [{ endpoint: 'localhost' }, /expected an address/],
    [{ endpoint: ':1', namespace: 'a-b' }, /expected letters, digits/],
    [{ endpoint: ':1', telemetry_path: 'metrics' }, /expected a path such as \/metrics, got "metrics"/],
    [{ endpoint: ':1', const_labels: { 'a.b': 'x' } }, /expected a label name/],
    [{ endpoint: ':1', metric_expiry: '1m' }, /unknown key "metric_expiry"; did you mean "metric_expiration"/],
    [{ endpoint: ':1', translation_strategy: 'NoTranslation' }, /expected one of Under/],
    [
      { endpoint: ':1', auth: { authenticator: 'basicauth' } },
      /"auth" is a field of the collector's that this agent does not have/,
    ],
    [{ endpoint: ':1', tls: { cert_file: 'a' } }, /expected one of "key_file" and "key_pem"/],
    [{ endpoint: ':1', write_timeout: '1000h' }, /at most 596h/],
    [{ endpoint: ':1', response_headers: { 'a b': 'c' } }, /character that HTTP headers cannot have/],
  ];
  for (const [config, expected] of wrong) {
    it(String(expected), () => {
      const faults: string[] = [];
      prometheus.config.parse(config, [], (path, message) => faults.push(`${path.join('::')}: ${message}`));
      assert.match(faults.join('\n'), expected);
    });
  }
});

function options(config: Record<string, unknown>): ReturnType<typeof writerOptions> {
  const parsed = prometheus.config.parse({ endpoint: ':1', ...config }, [], (_, message) => assert.fail(message));
  assert.ok(parsed);
  assert.equal(parsed.tls, undefined);
  return writerOptions(parsed);
}

it('what becomes a label, and whether names change', () => {
  const some = options({ resource_constant_labels: { included: ['host.*', 'os.type'], excluded: ['*.id'] } });
  assert.deepEqual(['host.name', 'host.id', 'os.type', 'os.version', 'hostxname'].map(some.isLabel), [
    true,
    false,
    true,
    false,
    false,
  ]);
  const all = options({ resource_to_telemetry_conversion: { enabled: true } });
  assert.deepEqual([all.isLabel('x'), options({}).isLabel('x')], [true, false]);
  assert.deepEqual([options({}).suffixes, options({ add_metric_suffixes: false }).suffixes], [true, false]);
  assert.equal(options({ translation_strategy: 'UnderscoreEscapingWithoutSuffixes' }).suffixes, false);
});
