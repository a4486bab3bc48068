/** A page must not hold a series twice. Looked for only where it can happen, since it costs a string for each series. */
import type { FamilyMember } from './family-member.ts';
import { labelMap, labelSetKey } from './label-text.ts';
import { areDisjoint } from './tail.ts';

/** Beyond this, comparing every two members costs more than the search. */
const MAX_COMPARED = 32;

export function canOverlap(members: readonly FamilyMember[]): boolean {
  if (members.some(({ labels }) => labels.irregular)) return true;
  if (members.length > MAX_COMPARED) return true;
  return members.some((a, i) => members.some((b, j) => j > i && !areDisjoint(a.tail, b.tail)));
}

/** Hides in each member the series that one before it has already. Answers how many. */
export function hideDuplicates(members: readonly FamilyMember[]): number {
  const taken = new Set<string>();
  let hidden = 0;
  for (const member of members) hidden += hideTaken(member, taken);
  return hidden;
}

function hideTaken(member: FamilyMember, taken: Set<string>): number {
  const { ids, rows, series } = member.family;
  const hidden = new Uint8Array(series.attributes.length);
  let count = 0;
  for (const id of ids.subarray(0, rows)) {
    const own = labelMap(series.attributes[id] ?? {}, member.labels.reserved);
    const key = labelSetKey(new Map([...own, ...member.tail.labels]));
    if (taken.has(key)) count += hidden[id] = 1;
    else taken.add(key);
  }
  member.hidden = count > 0 ? hidden : undefined;
  return count;
}
