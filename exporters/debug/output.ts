/** Where the debug exporter prints: the agent's log, or paths of its own. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Logger } from '../../src/component.ts';
import type { DebugConfig } from './config.ts';

export interface Output {
  /** The line about a batch. */
  summary(message: string, attributes: Record<string, unknown>): void;
  /** Lines about its content, as they are. */
  text(text: string): void;
  close(): void;
}

const STDERR = 2;

/**
 * The agent's log cuts long messages and escapes line breaks, so that nobody can forge a line: texts, whose foreign parts
 * are escaped already, go to stderr beside it.
 * @throws Error when a file cannot be opened
 */
export function openOutput(config: DebugConfig, logger: Logger): Output {
  if (config.use_internal_logger) {
    return {
      summary: (message, attributes) => logger.info(message, attributes),
      text: (text) => writeAll(STDERR, `${text}\n`),
      close() {},
    };
  }
  const files = config.output_paths.map(open);
  const writeToAll = (line: string): void => files.forEach((file) => writeAll(file, `${line}\n`));
  return {
    summary: (message, attributes) =>
      writeToAll(`${new Date().toISOString()}\tinfo\t${message}\t${JSON.stringify(attributes)}`),
    text: writeToAll,
    close: () => files.filter((file) => file > STDERR).forEach((file) => closeSync(file)),
  };
}

function open(path: string): number {
  if (path === 'stdout') return 1;
  return path === 'stderr' ? STDERR : openSync(path, 'a', 0o600);
}

/** Synchronous, so that nothing piles up in memory. What a full pipe does not take is dropped. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EPIPE')) return;
      throw error;
    }
  }
}
