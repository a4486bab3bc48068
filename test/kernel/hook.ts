// A hook's test: the real agent with one program, its event made to happen, the page before against the page after.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { release as kernelRelease } from 'node:os';
import { test } from 'node:test';
import { requires } from '../support/abilities.ts';
import type { Agent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import type { Page, Sample } from '../support/page.ts';
import { agentFor } from './hook-agent.ts';
import { mayBeInactive, mayBePartial } from './missing.ts';

/** A line of the file that HOOK_RESULTS names: what the matrix is made of. */
export interface HookResult {
  hook: string;
  kernel: string;
  state: string;
  /** What was taken of each group of alternatives, or the BPF programs that are attached. */
  taken: string[];
  reason: string;
  /** What the event showed, in a few words. */
  proof: string;
}

type Labels = Record<string, string>;

/** What happened to the page between two scrapes. */
export class Change {
  readonly #before: Page;
  readonly #after: Page;

  constructor(before: Page, after: Page) {
    this.#before = before;
    this.#after = after;
  }

  /** How much the series of that name, which have at least these labels, rose in all. */
  of(name: string, labels: Labels = {}): number {
    return total(this.#after, name, labels) - total(this.#before, name, labels);
  }

  /** How much each series rose, those that stayed left out. */
  all(name: string): { labels: Labels; by: number }[] {
    const risen = this.#after.samples.filter((sample) => sample.name === `ebpf_exporter_${name}`);
    return risen
      .map((sample) => ({
        labels: Object.fromEntries(sample.labels),
        by: this.of(name, Object.fromEntries(sample.labels)),
      }))
      .filter(({ by }) => by !== 0);
  }
}

/** Series of that name which have at least these labels. */
function select(page: Page, name: string, labels: Labels): Sample[] {
  const wanted = Object.entries(labels);
  const matches = (sample: Sample): boolean =>
    sample.name === `ebpf_exporter_${name}` && wanted.every(([label, value]) => sample.labels.get(label) === value);
  return page.samples.filter(matches);
}

/** Their sum. */
export function total(page: Page, name: string, labels: Labels = {}): number {
  return select(page, name, labels).reduce((sum, { value }) => sum + value, 0);
}

export class HookAgent {
  readonly agent: Agent;

  constructor(agent: Agent) {
    this.agent = agent;
  }

  async page(): Promise<Page> {
    return this.agent.page();
  }

  /** The page once a series has these labels: names that are new to the agent are looked up with some patience. */
  async pageWith(name: string, labels: Labels): Promise<Page> {
    return until(`a series ${name} with ${JSON.stringify(labels)}`, async () => {
      const page = await this.page();
      return select(page, name, labels).length > 0 ? page : undefined;
    });
  }

  /** Runs `event` between two scrapes. */
  async during<T>(event: () => Promise<T>): Promise<{ result: T; change: Change }> {
    const before = await this.page();
    const result = await event();
    return { result, change: new Change(before, await this.page()) };
  }
}

/** With the start of an agent under emulation. */
const timeoutMs = 330_000;

/**
 * Declares the test of a hook. `prove` makes the event happen, checks its number and says in a few words what it saw. It
 * is not called when the program is inactive, which passes only for a reason that this kernel does have.
 */
export function hookTest(hook: string, prove: (agent: HookAgent) => Promise<string>): void {
  test(`hook ${hook}`, { ...requires('root', 'btf'), timeout: timeoutMs }, async () => {
    const { agent, release: stop } = await agentFor(hook);
    try {
      record(await proveHook(hook, agent, prove));
    } catch (error) {
      throw new Error(`${(error as Error).message}\nThe agent said:\n${agent.logs()}`, { cause: error });
    } finally {
      await stop();
    }
  });
}

async function proveHook(
  hook: string,
  agent: Agent,
  prove: (agent: HookAgent) => Promise<string>,
): Promise<HookResult> {
  const page = await agent.page();
  const { state, reason } = stateOf(page, hook);
  const taken = takenAlternatives(agent.logs(), hook) ?? attachedPrograms(page, hook);
  const active = state === 'active' || state === 'partial';
  if (!active) await mayBeInactive(hook, state, reason);
  if (state === 'partial') mayBePartial(hook, reason);
  assert.equal(taken.length > 0, active, `${state}, yet attached: ${taken.join(' ')}`);
  return {
    hook,
    kernel: kernelRelease(),
    state,
    taken,
    reason,
    proof: active ? await prove(new HookAgent(agent)) : '',
  };
}

export function stateOf(page: Page, config: string): { state: string; reason: string } {
  const states = page.samples.filter(
    ({ name, labels }) => name === 'otelcol_receiver_ebpf_program_state' && labels.get('config') === config,
  );
  assert.equal(states.length, 1, `states of ${config} on the page`);
  const [{ labels }] = states;
  return { state: labels.get('state') ?? '', reason: labels.get('reason') ?? '' };
}

/** As the agent logs them: `GROUP=PROGRAM`, parted by blanks; groups have blanks in their names too. */
function takenAlternatives(logs: string, config: string): string[] | undefined {
  const line = logs
    .split('\n')
    .find((text) => text.includes(`"config": "${config}"`) && text.includes('"alternatives"'));
  const list = /"alternatives": "([^"]*)"/.exec(line ?? '')?.[1];
  return list
    ?.split(' ')
    .filter((word) => word.includes('='))
    .map((word) => word.slice(word.indexOf('=') + 1));
}

export function attachedPrograms(page: Page, config: string): string[] {
  const labelled = (name: string): Sample[] => page.samples.filter((sample) => sample.name === `ebpf_exporter_${name}`);
  const attached = labelled('ebpf_program_attached').filter(({ value }) => value === 1);
  const ids = new Set(attached.map(({ labels }) => labels.get('id')));
  return labelled('ebpf_program_info')
    .filter(({ labels }) => labels.get('config') === config && ids.has(labels.get('id')))
    .map(({ labels }) => labels.get('program') ?? '')
    .sort();
}

function record(result: HookResult): void {
  const file = process.env['HOOK_RESULTS'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** `least` to `most`, both included. */
export function assertBetween(value: number, least: number, most: number, what: string): void {
  assert.ok(value >= least && value <= most, `${what}: ${value}, expected ${least} to ${most}`);
}
