/** Ids as the collector writes them: `type` or `type/name`; pipelines have a signal for a type. */
import type { Signal } from '../component.ts';
import { didYouMean } from '../schema.ts';

const TYPE = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/;
const NAME = /^[^\p{Z}\p{C}\p{S}]{1,1024}$/u;

export type Id<T extends string = string> = { readonly type: T; readonly name?: string; readonly error?: undefined };
export type IdError = { readonly error: string };

export function parseId(id: string): Id | IdError {
  const split = id.indexOf('/');
  const type = split < 0 ? id : id.slice(0, split);
  const name = split < 0 ? undefined : id.slice(split + 1);
  if (!TYPE.test(type)) return { error: `expected an id TYPE or TYPE/NAME, got "${id}": "${type}" is no type` };
  if (name === '') return { error: `expected an id TYPE or TYPE/NAME, got "${id}": nothing after the slash` };
  if (name !== undefined && !NAME.test(name)) {
    return { error: `expected an id TYPE/NAME, got "${id}": a name has no spaces, control characters or symbols` };
  }
  return { type, name };
}

const SIGNALS: readonly string[] = ['metrics', 'traces'] satisfies Signal[];
const FOREIGN: ReadonlySet<string> = new Set(['logs', 'profiles']);

export function parsePipelineId(id: string): Id<Signal> | IdError {
  const parsed = parseId(id);
  if (parsed.error !== undefined) return parsed;
  const { type, name } = parsed;
  if (SIGNALS.includes(type)) return { type: type as Signal, name };
  if (FOREIGN.has(type)) return { error: `this agent has no ${type} pipelines: only metrics and traces` };
  return { error: `expected a pipeline id such as metrics or traces/NAME, got "${id}"${didYouMean(type, SIGNALS)}` };
}
