import { closeSync, openSync, writeSync } from 'node:fs';

/** Somewhere to write lines. `write` throws when it could not. */
export interface LogOutput {
  write(line: string): void;
  close(): void;
}

const STREAMS: Readonly<Record<string, number>> = { stdout: 1, stderr: 2 };
const RETRIES = 50;

/** `stdout`, `stderr`, a path, or `file:///path`. @throws when a file can't be opened. */
export function openOutput(path: string): LogOutput {
  const stream = Object.hasOwn(STREAMS, path) ? STREAMS[path] : undefined;
  const file = path.replace(/^file:\/\//, '');
  const fd = stream ?? openSync(file, 'a', 0o640);
  return {
    write: (line) => writeAll(fd, line),
    close: () => {
      if (stream === undefined) closeSync(fd);
    },
  };
}

/** Synchronous, so that the last line before an exit is there. A reader that does not read costs a line, not the agent. */
function writeAll(fd: number, line: string): void {
  const bytes = Buffer.from(line);
  let written = 0;
  for (let tries = 0; written < bytes.length;) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || ++tries > RETRIES) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
