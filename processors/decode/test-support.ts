/** For tests: a host made of files, and one decoder run by itself. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Logger } from '../../src/component.ts';
import type { DecoderSpec } from '../../src/metric-batch.ts';
import type { DecoderFactory, Notes, Value } from './decoder.ts';
import { asText } from './decoder.ts';
import type { HostOptions } from './host/host.ts';
import { Host } from './host/host.ts';

export class LogLines implements Logger {
  readonly lines: string[] = [];
  debug = (message: string): void => void this.lines.push(message);
  info = this.debug;
  warn = this.debug;
  error = this.debug;
}

export interface TestHost {
  readonly host: Host;
  readonly root: string;
  readonly log: LogLines;
  /** Milliseconds that the host's clock shows. */
  readonly clock: { ms: number };
  readonly write: (file: string, text: string) => void;
  readonly remove: (file: string) => void;
}

/** A host whose root is a new folder with these files; it is removed after the test. */
export function testHost(
  t: TestContext,
  files: Record<string, string> = {},
  options: Partial<HostOptions> = {},
): TestHost {
  const root = mkdtempSync(join(tmpdir(), 'decode-'));
  t.after(() => rmSync(root, { recursive: true }));
  const clock = { ms: 0 };
  const log = new LogLines();
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  const host = new Host({ rootPath: root, unknownCgroups: 'id', ...options }, log, () => clock.ms);
  const remove = (file: string): void => rmSync(join(root, file), { recursive: true });
  return { host, root, log, clock, write, remove };
}

export interface Decoded extends Notes {
  /** As the chain's end makes it. */
  readonly text: string | null | undefined;
}

const NO_HOST = new Host({ rootPath: '/nonexistent', unknownCgroups: 'id' }, new LogLines());

export function decodeWith(
  factory: DecoderFactory,
  input: Value,
  host: Host = NO_HOST,
  spec: Partial<DecoderSpec> = {},
): Decoded {
  const notes = { unsettled: false, cleaned: false };
  const answer = factory.make({ name: factory.name, ...spec }, host)(input, notes);
  const text = answer === undefined || answer === null ? answer : asText(answer, notes);
  return { text, ...notes };
}

/** The text alone. */
export const textOf = (...args: Parameters<typeof decodeWith>): string | null | undefined => decodeWith(...args).text;

export const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
export const u64 = (...values: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer);
