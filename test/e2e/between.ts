// What a peer shows of the agent, against the agent's own pages from before and after the peer read it: each series
// there, none beside, each value equal, or between the two where it moved meanwhile.
import assert from 'node:assert/strict';
import { seriesKey } from '../support/page.ts';
import type { Page, Sample } from '../support/page.ts';

/** A label without a value is no label to Prometheus, and a bound's spelling is the writer's own affair. */
export function normalKey({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  const kept = [...labels].filter(([, value]) => value !== '');
  return seriesKey(
    name,
    kept.map(([label, value]) => [label, label === 'le' ? String(Number(value.replace('Inf', 'Infinity'))) : value]),
  );
}

/** True for series whose value can only rise. */
function rises(page: Page, { name }: Sample): boolean {
  const type = page.families.get(name)?.type ?? page.families.get(name.replace(/_(bucket|sum|count)$/, ''))?.type;
  return type === 'counter' || type === 'histogram';
}

/**
 * `chosen` picks the samples of the pages to look for; `seen` holds what the peer shows of these, and nothing else.
 * Gauges may move both ways, so of a gauge that moved only the presence is asked for.
 */
export function assertBetween(before: Page, after: Page, chosen: (sample: Sample) => boolean, seen: Sample[]): void {
  const shown = new Map(seen.map((sample) => [normalKey(sample), sample.value]));
  assert.equal(shown.size, seen.length, 'the peer shows a series twice');
  const later = new Map(after.samples.map((sample) => [normalKey(sample), sample.value]));
  const wanted = before.samples.filter(chosen);
  assert.ok(wanted.length > 0, 'the page has none of the chosen series');
  for (const sample of wanted) checkSample(sample, normalKey(sample), shown, later, rises(before, sample));
  const unknown = [...shown.keys()].filter((key) => !later.has(key));
  assert.deepEqual(unknown, [], 'series that the page does not have');
}

function checkSample(
  sample: Sample,
  key: string,
  shown: Map<string, number>,
  later: Map<string, number>,
  rising: boolean,
): void {
  const value = shown.get(key);
  const last = later.get(key) ?? sample.value;
  assert.notEqual(value, undefined, `missing: ${key}`);
  if (last === sample.value) assert.equal(value, sample.value, key);
  else if (rising)
    assert.ok(sample.value <= Number(value) && Number(value) <= last, `${key}: ${value}, not in between`);
}
