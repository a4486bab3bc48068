/** Floats in `le`: the spelling of client_golang's exporters, since a label value is text (docs/decisions/006). */

/** As Go's `strconv.FormatFloat(value, 'g', -1, 64)`: `1e-06`, `0.000128`, `50`, `1.048576e+06`. */
export function goFloat(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  const [digits, exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (Number.isNaN(value) || (power >= -4 && power < 6)) return Object.is(value, -0) ? '-0' : String(value);
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** As OpenMetrics wants canonical numbers, and as Go's expfmt writes them: `1.0`, `1e-06`. */
export function openMetricsFloat(value: number): string {
  const text = goFloat(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
