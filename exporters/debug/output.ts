/** Where the debug exporter prints: the agent's log, or paths of its own. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Logger } from '../../src/component.ts';
import type { DebugConfig } from './config.ts';

export interface Output {
  print(message: string, attributes?: Record<string, unknown>): void;
  close(): void;
}

/** @throws Error when a file cannot be opened */
export function openOutput(config: DebugConfig, logger: Logger): Output {
  if (config.use_internal_logger)
    return { print: (message, attributes) => logger.info(message, attributes), close() {} };
  const files = config.output_paths.map(open);
  return {
    print(message, attributes) {
      const fields = attributes === undefined ? '' : `\t${JSON.stringify(attributes)}`;
      for (const file of files) writeAll(file, `${new Date().toISOString()}\tinfo\t${message}${fields}\n`);
    },
    close() {
      for (const file of files) if (file > 2) closeSync(file);
    },
  };
}

function open(path: string): number {
  if (path === 'stdout') return 1;
  return path === 'stderr' ? 2 : openSync(path, 'a', 0o600);
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
