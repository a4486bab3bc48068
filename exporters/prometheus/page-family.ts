/** A family of the page: all that sources have under one name. */
import type { MetricFamily, Series } from '../../src/metric-batch.ts';
import { canOverlap, hideDuplicates } from './duplicates.ts';
import { FamilyMember } from './family-member.ts';
import type { Format, LineEnds } from './line-shape.ts';
import type { PageBuffer } from './page-buffer.ts';
import { RetainedSeries } from './retained.ts';
import type { Tail } from './tail.ts';

export class PageFamily {
  readonly name: string;
  kind: MetricFamily['kind'] = 'gauge';
  help = '';
  unit = '';
  /** The scrape that `members` are of. */
  scrape = 0;
  /** Series left out by the last `update`: they stand on the page already. */
  duplicates = 0;
  readonly retained = new RetainedSeries();
  #members = new Map<Series, FamilyMember>();
  #former = new Map<Series, FamilyMember>();
  #retainedShape = '';
  #overlap = false;

  constructor(name: string) {
    this.name = name;
  }

  get members(): FamilyMember[] {
    return [...this.#members.values()];
  }
  get rows(): number {
    return this.members.reduce((sum, { family }) => sum + family.rows, -this.duplicates);
  }

  begin(scrape: number): void {
    this.scrape = scrape;
    this.#former = this.#members;
    this.#members = new Map();
  }

  /** The family's type is the first member's; a new one ends what is left of the old. */
  take(kind: MetricFamily['kind']): void {
    if (kind === this.kind) return;
    this.kind = kind;
    this.#former.clear();
    this.retained.clear();
  }

  /** A series table that stands twice in a scrape under the same name is the same family: its second copy is left out. */
  attach(family: MetricFamily, tail: Tail, ends: LineEnds): boolean {
    if (this.#members.has(family.series)) return false;
    const { description, unit } = family.descriptor;
    if (this.#members.size === 0) [this.help, this.unit] = [description, unit];
    const member = this.#former.get(family.series) ?? new FamilyMember(this.name, family, tail, ends);
    member.attach(family, tail, ends);
    this.#members.set(family.series, member);
    this.help ||= description;
    this.unit ||= unit;
    return true;
  }

  /** When all members are attached: finds their labels, and the series that are gone. */
  update(): void {
    const { members } = this;
    for (const member of members) member.update();
    this.#overlap = canOverlap(members);
    if (this.#overlap) this.#hideDuplicates(members);
    else this.#showAll(members);
  }

  /** Series that the last scrape had and this one has not, as `update` found them. */
  get gone(): number {
    const sources = [...this.#former].filter(([series]) => !this.#members.has(series));
    const ofSources = sources.reduce((sum, [, { formerRows }]) => sum + formerRows, 0);
    return this.members.reduce((sum, { labels }) => sum + labels.gone, ofSources);
  }

  /** Ends the scrape. @param until milliseconds until which series that are gone are kept; undefined: not at all */
  retain(until: number | undefined): void {
    const { members } = this;
    if (this.#overlap || until === undefined) this.retained.clear();
    else this.#retain(members, until);
    for (const member of members) member.settle(until !== undefined);
  }

  write(page: PageBuffer, format: Format): void {
    for (const member of this.#members.values()) member.write(page, format);
    this.retained.write(page, format);
  }

  #hideDuplicates(members: readonly FamilyMember[]): void {
    const sameMembers = members.length === this.#former.size && members.every(({ isNew }) => !isNew);
    if (sameMembers && !members.some(({ labels }) => labels.changed)) return;
    this.duplicates = hideDuplicates(members);
  }

  #showAll(members: readonly FamilyMember[]): void {
    if (this.duplicates === 0) return;
    for (const member of members) member.hidden = undefined;
    this.duplicates = 0;
  }

  #retain(members: readonly FamilyMember[], until: number): void {
    const shape = members.length === 0 ? this.#retainedShape : members.map((member) => member.shape).join('\n');
    // Texts can be compared only where labels come in the same order.
    if (shape !== this.#retainedShape) this.retained.clear();
    const gone = (member: FamilyMember, whole: boolean): void =>
      member.forGone(whole, (id, row, values, lines) =>
        this.retained.add(member.labels, id, values, row, lines, until),
      );
    for (const [series, member] of this.#former)
      if (!this.#members.has(series) && shape === this.#retainedShape) gone(member, true);
    for (const member of members) if (member.labels.changed) gone(member, false);
    this.#retainedShape = shape;
    this.forgetReturned();
  }

  /** Series that are back are kept no more. */
  forgetReturned(): void {
    if (this.retained.size === 0) return;
    for (const { appeared, labels, lines } of this.#members.values())
      for (const id of appeared) this.retained.delete(labels, id, lines.shapes);
  }
}
