/**
 * The running programs of this process, by what they are made of. After a reload the new agent's receivers take over those that
 * have not changed: they stay attached, with their maps and counts. The rest is closed by the agent that leaves.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SpanRecords } from '../../src/component.ts';
import type { ProgramFile } from './program-file.ts';
import type { RunningProgram } from './running-program.ts';

export type Emit = (records: SpanRecords) => void;

/** Who uses a program. Within one generation each has its own: two receivers that name the same program run it twice. */
export interface Holder {
  /** Of the agent: see Settings. */
  readonly generation: number;
  /** Spans go to the newest holder only. */
  readonly emit: Emit;
}

interface Entry {
  readonly key: string;
  readonly holders: Holder[];
  program?: RunningProgram;
}

/** What a program's running depends on. */
export interface Making {
  readonly file: ProgramFile;
  readonly btfPath?: string;
  readonly rootPath?: string;
  readonly mapSizes: Readonly<Record<string, number>>;
}

export class ProgramStore {
  readonly #entries = new Set<Entry>();

  /** The program as older generations run it, held from now on by this one too. Undefined when none of them runs just this. */
  takeOver(making: Making, holder: Holder): RunningProgram | undefined {
    const key = keyOf(making);
    for (const entry of this.#entries) {
      if (entry.key !== key || entry.holders.some(({ generation }) => generation >= holder.generation)) continue;
      entry.holders.push(holder);
      return entry.program;
    }
    return undefined;
  }

  /** @param run starts the program; called once, with where its spans go. */
  add(making: Making, holder: Holder, run: (emit: Emit) => RunningProgram): RunningProgram {
    const entry: Entry = { key: keyOf(making), holders: [holder] };
    entry.program = run((records) => entry.holders.at(-1)?.emit(records));
    this.#entries.add(entry);
    return entry.program;
  }

  /** Closes the program when nobody else holds it. */
  release(program: RunningProgram, holder: Holder): void {
    for (const entry of this.#entries) {
      if (entry.program !== program) continue;
      if (entry.holders.length === 1) {
        this.#entries.delete(entry);
        program.close();
      }
      entry.holders.splice(entry.holders.indexOf(holder), 1);
    }
  }
}

/** Sizes count only for the maps that the object has. */
function keyOf({ file, btfPath = '', rootPath = '/', mapSizes }: Making): string {
  const sizes = file.maps.map((name) => [name, mapSizes[name] ?? 0]);
  const hash = createHash('sha256').update(JSON.stringify([file.name, btfPath, rootPath, sizes]));
  for (const path of [file.yamlFile, file.objectFile]) {
    const bytes = readFileSync(path);
    hash.update(`${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

export const programStore = new ProgramStore();
