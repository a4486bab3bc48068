import { closeSync, openSync, readSync } from 'node:fs';
import { MAX_YAML_BYTES } from '../yaml-document.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
};

/** Reads at most the size limit, also from pipes and devices that have no size. Never throws. */
export function readConfigFile(
  file: string,
): { text: string; error?: undefined } | { text?: undefined; error: string } {
  try {
    const bytes = readLimited(file);
    if (bytes === undefined) return { error: `larger than ${MAX_YAML_BYTES >> 20} MiB` };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { error: 'not UTF-8' };
    const { code = '', message } = error as NodeJS.ErrnoException;
    return { error: REASONS[code] ?? message };
  }
}

function readLimited(file: string): Buffer | undefined {
  const fd = openSync(file, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; size <= MAX_YAML_BYTES;) {
      const chunk = Buffer.allocUnsafe(65_536);
      const read = readSync(fd, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      size += read;
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}
