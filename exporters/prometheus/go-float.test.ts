import assert from 'node:assert/strict';
import { it } from 'node:test';
import { goFloat, openMetricsFloat } from './go-float.ts';

// Written by Go's strconv.FormatFloat(x, 'g', -1, 64).
const cases: [number, string, string?][] = [
  [0, '0', '0.0'],
  [1, '1', '1.0'],
  [-1, '-1', '-1.0'],
  [50, '50', '50.0'],
  [0.5, '0.5'],
  [1e-6, '1e-06'],
  [2e-6, '2e-06'],
  [0.00001234, '1.234e-05'],
  [0.0001, '0.0001'],
  [0.000128, '0.000128'],
  [134.217728, '134.217728'],
  [123456, '123456', '123456.0'],
  [999999, '999999', '999999.0'],
  [1e6, '1e+06'],
  [1048576, '1.048576e+06'],
  [1234567.8, '1.2345678e+06'],
  [134217728, '1.34217728e+08'],
  [1e21, '1e+21'],
  [2 ** 63, '9.223372036854776e+18'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [5e-324, '5e-324'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [NaN, 'NaN'],
];
for (const [value, text, openMetrics = text] of cases) {
  it(text, () => {
    assert.equal(goFloat(value), text);
    assert.equal(openMetricsFloat(value), openMetrics);
  });
}
