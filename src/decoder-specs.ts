/**
 * What a label's decoder chain can be told before start: names, sizes and options (spec of `decoders` in program configs).
 * Shared by receivers, which refuse a bad chain with its place, and by the `decode` processor, which runs it.
 */
import { createRequire } from 'node:module';
import type { DecoderSpec } from './metric-batch.ts';
import { didYouMean } from './schema.ts';

/** What flows between two decoders: raw bytes, text, or text that is a decimal number. */
type Kind = 'bytes' | 'text' | 'decimal';

interface DecoderTraits {
  /** `bytes`: any input will do, by its bytes. */
  readonly takes: Kind;
  readonly gives: Kind;
  /** Sizes in bytes that it accepts, or the least and what it must be a multiple of. Absent: any. */
  readonly sizes?: readonly number[];
  readonly least?: number;
  readonly multipleOf?: number;
  readonly check?: (spec: DecoderSpec, compile: CompileRegexp) => readonly string[];
}

export const DECODERS: Readonly<Record<string, DecoderTraits>> = {
  cgroup: { takes: 'decimal', gives: 'text' },
  dname: { takes: 'bytes', gives: 'bytes' },
  errno: { takes: 'decimal', gives: 'text' },
  hex: { takes: 'bytes', gives: 'text' },
  ifname: { takes: 'bytes', gives: 'text', least: 4 },
  inet_ip: { takes: 'bytes', gives: 'text' },
  kstack: { takes: 'bytes', gives: 'text', least: 8, multipleOf: 8 },
  ksym: { takes: 'bytes', gives: 'text', least: 8 },
  majorminor: { takes: 'bytes', gives: 'text', least: 4 },
  pci_class: { takes: 'decimal', gives: 'text' },
  pci_device: { takes: 'decimal', gives: 'text' },
  pci_subclass: { takes: 'decimal', gives: 'text' },
  pci_vendor: { takes: 'decimal', gives: 'text' },
  regexp: { takes: 'text', gives: 'text', check: checkRegexps },
  static_map: { takes: 'text', gives: 'text', check: checkStaticMap },
  string: { takes: 'bytes', gives: 'bytes' },
  syscall: { takes: 'decimal', gives: 'text' },
  uint: { takes: 'bytes', gives: 'decimal', sizes: [1, 2, 4, 8] },
};

/** An RE2 expression, searched for anywhere in a text in time linear in its length. */
export interface LinearRegexp {
  readonly groups: number;
  /** What it found: the group if it has one ('' when that took no part), else the whole match; undefined: no match. */
  find(text: string): string | undefined;
}
/** Throws an Error that says what is wrong with the expression. */
export type CompileRegexp = (expression: string) => LinearRegexp;

export interface DecodedLabel {
  readonly name: string;
  /** Undefined while it is not known (to be taken from BTF): then sizes are not checked. */
  readonly size?: number;
  readonly decoders: readonly DecoderSpec[];
}

/** Everything that is wrong with a label's decoders, one message each; empty when it can run. */
export function checkDecoders({ name, size, decoders }: DecodedLabel, compile = compileRegexp): string[] {
  if (decoders.length === 0)
    return [`label "${name}" has no decoders; "uint", "string" or "hex" take any label of their size`];
  const faults: string[] = [];
  let kind: Kind = 'bytes';
  // The size is known only of the key's own bytes.
  let known = size;
  for (const spec of decoders) {
    const traits = Object.hasOwn(DECODERS, spec.name) ? DECODERS[spec.name] : undefined;
    if (traits === undefined) return [...faults, unknownDecoder(name, spec.name)];
    faults.push(...checkInput(name, spec.name, traits, kind, known).map((fault) => `label "${name}": ${fault}`));
    faults.push(...(traits.check?.(spec, compile) ?? []).map((fault) => `label "${name}": ${fault}`));
    kind = traits.gives;
    known = undefined;
  }
  return faults;
}

function unknownDecoder(label: string, decoder: string): string {
  const known = Object.keys(DECODERS);
  return `label "${label}": unknown decoder "${decoder}"${didYouMean(decoder, known) || `; decoders: ${known.join(', ')}`}`;
}

function checkInput(
  label: string,
  name: string,
  traits: DecoderTraits,
  kind: Kind,
  size: number | undefined,
): string[] {
  if (traits.takes === 'decimal' && kind === 'bytes' && size !== undefined) {
    return [`${name} takes a decimal number: put "uint" before it`];
  }
  if (size === undefined) return [];
  const { sizes, least = 0, multipleOf = 1 } = traits;
  if (sizes !== undefined && !sizes.includes(size)) return [`${name} takes ${orList(sizes)} bytes, got size ${size}`];
  if (size < least) return [`${name} needs ${least} bytes, but "${label}" has size ${size}`];
  return size % multipleOf === 0 ? [] : [`${name} takes a multiple of ${multipleOf} bytes, got size ${size}`];
}

const orList = (values: readonly number[]): string => `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

function checkStaticMap({ static_map: entries }: DecoderSpec): string[] {
  return entries === undefined || Object.keys(entries).length === 0
    ? ['static_map needs a "static_map" of text to text']
    : [];
}

function checkRegexps({ regexps = [] }: DecoderSpec, compile: CompileRegexp): string[] {
  if (regexps.length === 0) return ['regexp needs a list "regexps" of RE2 expressions'];
  return regexps.flatMap((expression) => {
    try {
      const { groups } = compile(expression);
      return groups > 1
        ? [`regexp ${JSON.stringify(expression)} has ${groups} groups; at most one can be the label`]
        : [];
    } catch (error) {
      return [`regexp ${JSON.stringify(expression)}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

interface Matcher {
  find(): boolean;
  group(group: number): string | null;
}
interface Engine {
  RE2JS: { compile(expression: string): { matcher(text: string): Matcher; groupCount(): number } };
}
let engine: Engine | undefined;

/** The one door to the RE2 engine, loaded at first use: most configs have no `regexp`. */
export function compileRegexp(expression: string): LinearRegexp {
  engine ??= createRequire(import.meta.url)('re2js') as Engine;
  const pattern = engine.RE2JS.compile(expression);
  const groups = pattern.groupCount();
  const group = groups === 0 ? 0 : 1;
  return {
    groups,
    find(text) {
      const matcher = pattern.matcher(text);
      return matcher.find() ? (matcher.group(group) ?? '') : undefined;
    },
  };
}
