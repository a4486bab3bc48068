/**
 * Batches as one page: text format 0.0.4, equal to OpenTelemetry's PrometheusSerializer byte for byte (but for `le`, and
 * names that are valid already), or OpenMetrics 1.0. Keeps what lines have in common from scrape to scrape.
 */
import type { MetricBatch, MetricFamily } from '../../src/metric-batch.ts';
import type { Format } from './line-shape.ts';
import { LineEnds } from './line-shape.ts';
import { metadata, sampleNames } from './metadata.ts';
import type { NameOptions } from './names.ts';
import { metricName } from './names.ts';
import type { PageBuffer } from './page-buffer.ts';
import { PageFamily } from './page-family.ts';
import type { TailOptions } from './tail.ts';
import { Tails } from './tail.ts';
import { TARGET_INFO, targetInfoSamples } from './target-info.ts';

/** Why data points are not on the page. */
export type DropReason = 'invalid_name' | 'name_conflict' | 'type_conflict' | 'duplicate_series' | 'retained_limit';

/** Told at each scrape of what is lost in it; `metric` and `detail` are for a log line, once each. */
export interface Losses {
  drop(reason: DropReason, points: number, metric: string, detail: string): void;
  differingHelp(metric: string, shown: string, other: string): void;
}

export interface WriterOptions extends NameOptions, TailOptions {
  readonly sendTimestamps: boolean;
  readonly targetInfo: boolean;
  /** Milliseconds that series which are gone stay on the page; 0: not at all. */
  readonly expirationMs: number;
}

/** At least so many series that are gone may be kept, else as many as live. */
const MIN_RETAINED = 10_000;
const TARGET_GAUGE = { name: TARGET_INFO, kind: 'gauge', help: 'Target metadata', unit: '' } as const;
const OPEN_METRICS_TARGET = '# HELP target Target metadata\n# TYPE target info\n';

interface Batch {
  readonly tails: Tails;
  readonly ends: LineEnds;
}

export class TextWriter {
  readonly #options: WriterOptions;
  readonly #losses: Losses;
  readonly #now: () => number;
  readonly #families = new Map<string, PageFamily>();
  #scrape = 0;
  #lastScrapeAt = 0;

  /** @param now a monotonic clock, milliseconds */
  constructor(options: WriterOptions, losses: Losses, now: () => number = () => performance.now()) {
    this.#options = options;
    this.#losses = losses;
    this.#now = now;
  }

  /** Writes the page into `page`, whose room it takes as needed. Answers the data points that it holds. */
  write(batches: readonly MetricBatch[], page: PageBuffer, format: Format): number {
    const families = this.#plan(batches);
    this.#update(families);
    const withSeries = [...families, ...this.#onlyRetained()].filter(({ rows, retained }) => rows + retained.size > 0);
    const shown = this.#withoutNameConflicts(withSeries);
    const names = new Set(shown.map(({ name }) => name));
    if (this.#options.targetInfo) this.#targetInfo(batches, page, format, names);
    let points = 0;
    for (const family of shown) {
      page.text(metadata(family, format, names));
      family.write(page, format);
      points += family.rows;
    }
    if (format === 'openmetrics') page.text('# EOF\n');
    else if (shown.length === 0) page.text('# no registered metrics\n');
    return points;
  }

  /** Families in the order of their first appearance. */
  #plan(batches: readonly MetricBatch[]): PageFamily[] {
    this.#scrape++;
    const families = new Set<PageFamily>();
    for (const batch of batches) {
      const ms = this.#options.sendTimestamps ? Number(batch.timeUnixNano / 1_000_000n) : undefined;
      const context = { tails: new Tails(batch, this.#options), ends: new LineEnds(ms) };
      for (const family of batch.families) this.#place(family, context, families);
    }
    return [...families];
  }

  #place(family: MetricFamily, { tails, ends }: Batch, families: Set<PageFamily>): void {
    const name = metricName(family, this.#options);
    if (name === undefined) {
      this.#losses.drop('invalid_name', family.rows, family.descriptor.name, `of ${family.source}`);
      return;
    }
    const place = this.#family(name);
    if (!families.has(place)) place.take(family.kind);
    if (place.kind !== family.kind) {
      this.#losses.drop(
        'type_conflict',
        family.rows,
        name,
        `${family.source} has a ${family.kind}, shown is a ${place.kind}`,
      );
      return;
    }
    families.add(place);
    const { description } = family.descriptor;
    if (!place.attach(family, tails.of(family.scope), ends))
      this.#losses.drop('duplicate_series', family.rows, name, family.source);
    if (description !== '' && description !== place.help) this.#losses.differingHelp(name, place.help, description);
  }

  #family(name: string): PageFamily {
    const known = this.#families.get(name) ?? new PageFamily(name);
    this.#families.set(name, known);
    if (known.scrape !== this.#scrape) known.begin(this.#scrape);
    return known;
  }

  #update(families: readonly PageFamily[]): void {
    const { expirationMs } = this.#options;
    const now = this.#now();
    // What is gone now was last seen at the last scrape.
    const until = expirationMs > 0 ? this.#lastScrapeAt + expirationMs : undefined;
    this.#lastScrapeAt = now;
    for (const family of this.#families.values()) {
      if (family.scrape !== this.#scrape) family.begin(this.#scrape);
      family.retained.expire(now);
      family.update();
    }
    const limit = Math.max(
      MIN_RETAINED,
      families.reduce((sum, { rows }) => sum + rows, 0),
    );
    let dropped = this.#makeRoom(limit);
    for (const family of this.#families.values()) this.#retain(family, until, now);
    dropped += this.#limitRetained(limit);
    if (dropped > 0)
      this.#losses.drop('retained_limit', dropped, '', 'series that are gone leave before metric_expiration');
  }

  #retain(family: PageFamily, until: number | undefined, now: number): void {
    family.retain(until);
    family.retained.expire(now);
    if (family.duplicates > 0)
      this.#losses.drop('duplicate_series', family.duplicates, family.name, 'the first is shown');
    if (family.members.length + family.retained.size === 0) this.#families.delete(family.name);
  }

  #sum(of: (family: PageFamily) => number): number {
    let sum = 0;
    for (const family of this.#families.values()) sum += of(family);
    return sum;
  }

  /** Drops what those that are gone now will push out: so columns need not take both. Answers how many. */
  #makeRoom(limit: number): number {
    const gone = this.#sum((family) => family.gone);
    if (gone === 0 || this.#sum(({ retained }) => retained.size) + gone <= limit) return 0;
    for (const family of this.#families.values()) family.forgetReturned();
    return this.#limitRetained(limit - gone);
  }

  /** Drops those that went first until there are at most `limit`. Answers how many. */
  #limitRetained(limit: number): number {
    const families = [...this.#families.values()].filter(({ retained }) => retained.size > 0);
    const excess = this.#sum(({ retained }) => retained.size) - Math.max(limit, 0);
    let dropped = 0;
    while (dropped < excess) {
      families.sort((a, b) => a.retained.firstUntil - b.retained.firstUntil);
      dropped += families[0].retained.dropFirst(excess - dropped);
    }
    return dropped;
  }

  #onlyRetained(): PageFamily[] {
    return [...this.#families.values()].filter(({ members, retained }) => members.length === 0 && retained.size > 0);
  }

  /** `x_count` of a histogram `x` and a counter `x_count` would be one series: the family that comes first is shown. */
  #withoutNameConflicts(families: readonly PageFamily[]): PageFamily[] {
    const taken = new Set(this.#options.targetInfo ? [TARGET_INFO] : []);
    return families.filter((family) => {
      const names = sampleNames(family);
      if (!names.some((name) => taken.has(name))) {
        for (const name of names) taken.add(name);
        return true;
      }
      this.#losses.drop('name_conflict', family.rows, family.name, 'a sample of another family has the same name');
      return false;
    });
  }

  /** An info metric in OpenMetrics, whose family is then `target`, unless there is one. */
  #targetInfo(batches: readonly MetricBatch[], page: PageBuffer, format: Format, names: Set<string>): void {
    const samples = targetInfoSamples(batches.map(({ resource }) => resource));
    const info = format === 'openmetrics' && !names.has('target');
    if (info) names.add('target');
    page.text(`${info ? OPEN_METRICS_TARGET : metadata(TARGET_GAUGE, format, names)}${samples.join('')}`);
  }
}
