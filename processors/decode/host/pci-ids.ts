/** Lookups in `pci.ids`, in its bytes as they lie in the file. The answers are cached by their users, not here. */
import { readFileSync, statSync } from 'node:fs';

const FILES = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids'];
const TAB = 9;
const NEWLINE = 10;
const HASH = 35;
const MAX_BYTES = 16 << 20;

export class PciIds {
  readonly #files: readonly string[];
  #bytes: Buffer | undefined;

  /** @param root prefix of the host's files; the agent's `own` are taken where that has none. */
  constructor(root: string, own: readonly string[] = FILES) {
    this.#files = [...new Set([...FILES.map((file) => root + file), ...own])];
  }

  /** Whether there is a file, which is then held until `release`. */
  get available(): boolean {
    this.#bytes ??= readFirst(this.#files);
    return this.#bytes.length > 0;
  }

  release(): void {
    this.#bytes = undefined;
  }

  /** Ids as in the file: four hex digits, two for classes. */
  vendor(id: string): string | undefined {
    return this.#entry(id, id.length === 4)?.name;
  }
  device(vendor: string, id: string): string | undefined {
    return this.#child(this.#entry(vendor, vendor.length === 4)?.end, id);
  }
  class(id: string): string | undefined {
    return this.#entry(`C ${id}`, id.length === 2)?.name;
  }
  subclass(id: string, subclass: string): string | undefined {
    return this.#child(this.#entry(`C ${id}`, id.length === 2)?.end, subclass);
  }

  #entry(id: string, wellFormed: boolean): { name: string; end: number } | undefined {
    const bytes = this.#bytes;
    const start = bytes === undefined || !wellFormed ? -1 : bytes.indexOf(`\n${id}  `, 0, 'latin1');
    if (bytes === undefined || start < 0) return undefined;
    const end = lineEnd(bytes, start + 1);
    return { name: bytes.toString('utf8', start + 1 + id.length + 2, end).trim(), end };
  }

  /** The line `\tID  NAME` of the block that begins after `from`. */
  #child(from: number | undefined, id: string): string | undefined {
    const bytes = this.#bytes;
    if (bytes === undefined || from === undefined) return undefined;
    for (let start = from + 1; bytes[start] === TAB || bytes[start] === HASH;) {
      const end = lineEnd(bytes, start);
      const isIt = bytes[start + 1] !== TAB && bytes.toString('latin1', start + 1, start + 3 + id.length) === `${id}  `;
      if (isIt) return bytes.toString('utf8', start + 3 + id.length, end).trim();
      start = end + 1;
    }
    return undefined;
  }
}

function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf(NEWLINE, from);
  return end < 0 ? bytes.length : end;
}

function readFirst(files: readonly string[]): Buffer {
  for (const file of files) {
    try {
      // The first line may be an entry: entries are searched for with the newline before them.
      if (statSync(file).size <= MAX_BYTES) return Buffer.concat([Buffer.from('\n'), readFileSync(file)]);
    } catch {
      // Not there: the next one.
    }
  }
  return Buffer.alloc(0);
}
