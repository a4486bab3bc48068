/** One label's decoders in turn, from a key's bytes to the text of an attribute. */
import type { KeyLabel } from '../../src/metric-batch.ts';
import { didYouMean } from '../../src/schema.ts';
import { AnswerCache } from './answer-cache.ts';
import type { Answer, Decoder, Notes, Value } from './decoder.ts';
import { asText } from './decoder.ts';
import { decoders } from './decoders/index.ts';
import { decimalAt } from './decoders/uint.ts';
import type { Host } from './host/host.ts';

const byName = new Map(decoders.map((factory) => [factory.name, factory]));

/** Quicker than a look into a cache of many; such labels tell one key from another (ids, times). */
const QUICK = new Set(['uint', 'hex']);

/** Why a chain has no answer: an option or name is wrong, or `decoder` could not read its input. */
export interface Failure {
  readonly decoder: string;
  readonly reason: string;
}

export class Chain {
  readonly label: KeyLabel;
  /** Of the last `text` that asked the decoders; of a cached answer neither is ever true. */
  readonly notes: Notes = { unsettled: false, cleaned: false };
  readonly #decoders: readonly Decoder[];
  readonly #cache: AnswerCache;
  /** Writing a number is quicker than looking it up. */
  readonly #isUint: boolean;
  #failure: Failure | undefined;

  /** @param limit answers to cache. A chain that cannot be made fails each key. */
  constructor(label: KeyLabel, host: Host, limit: number) {
    this.label = label;
    const isQuick = label.decoders.every(({ name }) => QUICK.has(name));
    this.#cache = new AnswerCache(label.size, isQuick ? 0 : limit, performance.now());
    this.#decoders = this.#make(host);
    this.#isUint = label.decoders.length === 1 && label.decoders[0].name === 'uint';
  }

  /** Why the last `text` was undefined. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Forgets cached answers that are too old. */
  age(now: number): void {
    this.#cache.age(now);
  }
  /** The label's text; `null`: to be left out; `undefined`: the key fails, see `failure`. Never throws. */
  text(key: Uint8Array): string | null | undefined {
    this.notes.unsettled = false;
    this.notes.cleaned = false;
    const { offset, size } = this.label;
    const plain = this.#isUint ? decimalAt(key, offset, size) : undefined;
    return plain ?? (this.#cache.get(key, offset, this) as string | null | undefined);
  }

  /** For the cache. */
  ask(key: Uint8Array, offset: number): Answer {
    let value: Value = key.subarray(offset, offset + this.label.size);
    for (let i = 0; i < this.#decoders.length; i++) {
      const answer: Answer = this.#decoders[i](value, this.notes);
      if (answer === undefined) this.#fail(this.label.decoders[i].name, value);
      if (answer === undefined || answer === null) return answer;
      value = answer;
    }
    return asText(value, this.notes);
  }
  get lasting(): boolean {
    return !this.notes.unsettled && !this.notes.cleaned;
  }

  #fail(decoder: string, value: Value): void {
    const shown =
      typeof value === 'string'
        ? JSON.stringify(value.slice(0, 64))
        : `0x${Buffer.from(value.subarray(0, 32)).toString('hex')}`;
    this.#failure ??= { decoder, reason: `no input for ${decoder}: ${shown}` };
  }

  #make(host: Host): readonly Decoder[] {
    return this.label.decoders.map((spec) => {
      const factory = byName.get(spec.name);
      try {
        if (factory === undefined)
          throw new Error(`unknown decoder "${spec.name}"${didYouMean(spec.name, [...byName.keys()])}`);
        return factory.make(spec, host);
      } catch (error) {
        this.#failure = { decoder: spec.name, reason: error instanceof Error ? error.message : String(error) };
        return () => undefined;
      }
    });
  }
}
