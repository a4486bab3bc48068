import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptsGzip, chooseFormat } from './negotiate.ts';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const ESCAPED = '; escaping=underscores';
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';

describe('format', () => {
  const cases: [string | undefined, string][] = [
    [undefined, TEXT],
    ['', TEXT],
    ['*/*', TEXT],
    ['text/html', TEXT],
    [PROMETHEUS_2, OPEN],
    [PROMETHEUS_3, OPEN + ESCAPED],
    ['application/openmetrics-text', OPEN],
    ['application/openmetrics-text; version="1.0.0"', OPEN],
    ['application/openmetrics-text; version=2.0.0', TEXT],
    ['application/openmetrics-text;q=0', TEXT],
    ['application/openmetrics-text;q=0.2, text/plain;q=0.3', TEXT],
    ['text/plain;version=0.0.4;escaping=underscores', TEXT + ESCAPED],
    ['*/*, application/openmetrics-text;q=0.9', TEXT],
    ['application/openmetrics-text;q=x', TEXT],
    [',;=,;q=,'.repeat(1000), TEXT],
  ];
  for (const [accept, expected] of cases) {
    it(String(accept).slice(0, 60), () => assert.equal(chooseFormat(accept, true).contentType, expected));
  }
  it('is text where OpenMetrics is off', () => {
    assert.deepEqual(chooseFormat(PROMETHEUS_2, false), { format: 'text', contentType: TEXT });
  });
});

describe('compression', () => {
  const cases: [string | undefined, boolean][] = [
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['deflate, gzip;q=1.0, *;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0.5, identity', false],
    ['identity;q=0.5, gzip', true],
    ['*', true],
    ['br', false],
  ];
  for (const [header, expected] of cases) it(String(header), () => assert.equal(acceptsGzip(header), expected));
});
