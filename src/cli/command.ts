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

/** What takes the addon to do to this process. */
export interface Host {
  /** Never throws. @returns why a service manager that is there could not be told, for the log */
  readonly notifySystemd: (state: string) => string | undefined;
  /** @throws Error that names what is no capability */
  readonly parseCapabilities: (text: string) => readonly string[];
  /** All others are gone for good, from every thread. @throws Error when that could not be done */
  readonly keepCapabilities: (names: readonly string[]) => void;
}

/** What commands get from outside of `src/`, since only main.ts may import components. */
export interface CliContext {
  readonly components: () => Promise<Components>;
  readonly doctor: () => Promise<{ ok: boolean; lines: readonly string[] }>;
  readonly host: () => Promise<Host>;
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
  /** Exit status when its command line is wrong. Default: 2. */
  readonly usageStatus?: number;
  readonly load: () => Promise<Action>;
}

export const USAGE_STATUS = 2;

/** A command line that says nothing. */
export class UsageError extends Error {
  /** Exit status. */
  readonly status: number;

  constructor(message: string, status = USAGE_STATUS) {
    super(message);
    this.status = status;
  }
}
