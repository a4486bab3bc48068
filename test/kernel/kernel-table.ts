// The table of hooks and kernels in docs/kernels.md, made of what the hook tests reported.
import type { HookResult } from './hook.ts';

export interface Column {
  /** As the table's head names it. */
  title: string;
  results: HookResult[];
}

const head = `# Kernels

Written by \`npm test\`, never by hand. In each cell the hook's test has made its event happen a known number of times and
found that number on the agent's page. In brackets: the BPF programs taken of each group of alternatives.
`;

/** Hooks that stand for another one's: variants of llcstat. */
const isVariant = (hook: string): boolean => hook.startsWith('llcstat-');

function kernelOf({ results }: Column): string {
  return results[0]?.kernel ?? 'not run';
}

function rows(columns: Column[], cell: (result: HookResult | undefined) => string): string[] {
  const hooks = [...new Set(columns.flatMap(({ results }) => results.map(({ hook }) => hook)))];
  hooks.sort((a, b) => Number(isVariant(a)) - Number(isVariant(b)) || (a < b ? -1 : 1));
  const of = (hook: string): string[] =>
    columns.map(({ results }) => cell(results.find((result) => result.hook === hook)));
  return hooks.map((hook) => `| ${hook} | ${of(hook).join(' | ')} |`);
}

function table(columns: Column[], cell: (result: HookResult | undefined) => string): string {
  const titles = columns.map((column) => `${column.title} (${kernelOf(column)})`);
  const lines = [
    `| hook | ${titles.join(' | ')} |`,
    `| --- |${' --- |'.repeat(columns.length)}`,
    ...rows(columns, cell),
  ];
  return `${lines.join('\n')}\n`;
}

/** For docs/kernels.md: states, alternatives and reasons, which are the same at each run. */
export function kernelPage(columns: Column[]): string {
  const reasons: string[] = [];
  const note = (reason: string): string => {
    if (!reasons.includes(reason)) reasons.push(reason);
    return `[${reasons.indexOf(reason) + 1}]`;
  };
  const cell = (result: HookResult | undefined): string => {
    if (result === undefined) return 'no result';
    const taken = result.taken.length > 0 ? ` (${result.taken.join(', ')})` : '';
    return `${result.state}${taken}${result.reason === '' ? '' : ` ${note(result.reason)}`}`;
  };
  const body = table(columns, cell);
  const variants = 'llcstat-software and llcstat-hardware are llcstat on page faults and on cycles.';
  return `${head}\n${body}\n${variants}\n\n${reasons.map((reason, at) => `${at + 1}. ${reason}`).join('\n')}\n`;
}

/** For the run's output: what each event showed. */
export function proofTable(columns: Column[]): string {
  return table(columns, (result) => (result === undefined ? 'no result' : result.proof || result.state));
}
