/** The parts of the command line. What a command needs is loaded when it runs. */
import type { Components } from '../config.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What the help calls its value: `URI`. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly oneOf?: readonly string[];
  readonly description: string;
}

export type Values = Readonly<Record<string, readonly string[]>>;

/** What commands get from outside of `src/`, since only main.ts may import components. */
export interface CliContext {
  readonly components: () => Promise<Components>;
  readonly doctor: () => Promise<{ ok: boolean; lines: readonly string[] }>;
  /** Everything is imported, nothing is started. */
  readonly beforeStart: () => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit status. */
export type Action = (values: Values, context: CliContext) => Promise<number>;

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly load: () => Promise<Action>;
}

/** A command line that says nothing: exit status 2. */
export class UsageError extends Error {}

export const USAGE_STATUS = 2;
