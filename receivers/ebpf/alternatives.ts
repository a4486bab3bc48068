/**
 * The portability ladder: of each attach group the first alternative that this kernel has and accepts. Choosing starts
 * with what can be told without loading; a refusal by the verifier or by the attach moves the group on by one.
 */
import type { ProgramInfo } from '../../native/index.ts';
import type { Refusal } from './attach-target.ts';
import { missingTarget } from './attach-target.ts';
import type { AttachGroup } from './program-config.ts';

export class Alternatives {
  readonly #groups: readonly AttachGroup[];
  readonly #refusals = new Map<string, Refusal>();

  constructor(groups: readonly AttachGroup[], programs: readonly ProgramInfo[]) {
    this.#groups = groups;
    const grouped = new Set(groups.flatMap(({ any }) => any));
    for (const { name, section } of programs.filter((program) => grouped.has(program.name))) {
      const missing = missingTarget(section);
      if (missing !== undefined) this.refuse(name, { state: 'absent', reason: missing });
    }
  }

  refuse(program: string, refusal: Refusal): void {
    this.#refusals.set(program, refusal);
  }
  /** It is attached after all. */
  accept(program: string): void {
    this.#refusals.delete(program);
  }
  /** Files whose appearance would change a refusal, by program. */
  awaited(): ReadonlyMap<string, string> {
    const files = [...this.#refusals].flatMap(([program, { file }]): [string, string][] =>
      file === undefined ? [] : [[program, file]],
    );
    return new Map(files);
  }
  refusal(program: string): Refusal | undefined {
    return this.#refusals.get(program);
  }
  isGrouped(program: string): boolean {
    return this.#groups.some(({ any }) => any.includes(program));
  }

  /** Whether `program` is to be loaded: in no group, or the one chosen of its group. */
  wants(program: string): boolean {
    if (this.#refusals.has(program)) return false;
    const groups = this.#groups.filter(({ any }) => any.includes(program));
    return groups.length === 0 || groups.some((group) => this.chosen(group) === program);
  }

  chosen(group: AttachGroup): string | undefined {
    return group.any.find((program) => !this.#refusals.has(program));
  }

  /** Groups of which nothing is left, with the refusal that says most: that of an alternative that was there. */
  lost(): { readonly group: AttachGroup; readonly refusal: Refusal }[] {
    return this.#groups
      .filter((group) => this.chosen(group) === undefined)
      .map((group) => ({ group, refusal: this.#worst(group) }));
  }

  #worst(group: AttachGroup): Refusal {
    const refusals = group.any.map((program) => this.#refusals.get(program)).filter((refusal) => refusal !== undefined);
    const failed = refusals.find(({ state }) => state === 'failed');
    const reasons = [...new Set(refusals.map(({ reason }) => reason))];
    return { state: failed === undefined ? 'absent' : 'failed', reason: reasons.join('; ') };
  }
}
