/**
 * Kernel symbols in columns: 200,000 of them take some 6 MB instead of the 40 MB of as many objects.
 *
 * Addresses are doubles of the address as a signed number: kernel text, modules and BPF programs lie in the top 2^53
 * bytes, so theirs are exact.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 1 << 16;
const NEWLINE = 10;
const SPACE = 32;
const TAB = 9;
const TWO32 = 2 ** 32;

interface Columns {
  addresses: Float64Array;
  /** Where each name begins in `names`; it ends with a newline. */
  nameAt: Uint32Array;
  names: Buffer;
}

export class SymbolTable {
  /** Symbols. The columns may be longer. */
  readonly size: number;
  readonly columns: Columns;
  /** In order; of equal addresses the one that stands later in the file is later. */
  readonly #addresses: Float64Array;

  constructor(columns: Columns, size: number) {
    this.size = size;
    this.columns = columns;
    this.#addresses = columns.addresses;
  }

  /** Whether the file hides addresses from this process: all are 0. */
  get hidden(): boolean {
    return this.size > 0 && this.#addresses[this.size - 1] === 0 && this.#addresses[0] === 0;
  }

  /** The symbol that begins at `address`; of several the last in the file. */
  at(address: bigint): string | undefined {
    const key = toKey(address);
    const index = this.#indexOf(key);
    return index >= 0 && this.#addresses[index] === key ? this.#name(index) : undefined;
  }
  /** The last symbol that begins at `address` or below. */
  atOrBelow(address: bigint): string | undefined {
    const key = toKey(address);
    const index = this.#indexOf(key);
    // Signed order has the upper half, which is the kernel's, below address 0.
    return index >= 0 && this.#addresses[index] < 0 === key < 0 ? this.#name(index) : undefined;
  }

  /** The last index with an address at or below `key`, or -1. */
  #indexOf(key: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#addresses[middle] <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #name(index: number): string {
    const { nameAt, names } = this.columns;
    return names.toString('utf8', nameAt[index], names.indexOf(NEWLINE, nameAt[index]));
  }
}

const toKey = (address: bigint): number => Number(BigInt.asIntN(64, address));

/**
 * Reads a file in the format of /proc/kallsyms, in pieces. Throws what `open` and `read` throw.
 *
 * @param previous an older table: its memory is used again, so that it must not be asked any more.
 */
export function readSymbols(file: string, previous?: SymbolTable): SymbolTable {
  const builder = new Builder(previous?.columns);
  const chunk = Buffer.allocUnsafeSlow(CHUNK);
  const fd = openSync(file, 'r');
  try {
    let kept = 0;
    for (;;) {
      const count = readSync(fd, chunk, kept, CHUNK - kept, null);
      if (count === 0) break;
      const end = kept + count;
      const parsed = builder.addLines(chunk, end);
      // A line longer than a chunk is no symbol: forget it.
      kept = parsed === 0 && end === CHUNK ? 0 : end - parsed;
      chunk.copyWithin(0, end - kept, end);
    }
  } finally {
    closeSync(fd);
  }
  return builder.build();
}

const newColumns = (): Columns => ({
  addresses: new Float64Array(1 << 17),
  nameAt: new Uint32Array(1 << 17),
  names: Buffer.allocUnsafeSlow(1 << 21),
});

class Builder {
  readonly #columns: Columns;
  #count = 0;
  #used = 0;
  /** Symbols up to here are in order; those of modules and BPF programs come after, in their own. */
  #ordered = 0;

  constructor(columns: Columns = newColumns()) {
    this.#columns = columns;
  }

  /** @returns the bytes up to the end of the last whole line. */
  addLines(bytes: Buffer, end: number): number {
    let start = 0;
    for (;;) {
      const lineEnd = bytes.indexOf(NEWLINE, start);
      if (lineEnd < 0 || lineEnd >= end) return start;
      this.#addLine(bytes, start, lineEnd);
      start = lineEnd + 1;
    }
  }

  /** `ffffffff81000000 T _text`, or with a tab and `[module]` after the name. */
  #addLine(bytes: Buffer, start: number, end: number): void {
    const typeAt = hexEnd(bytes, start) + 1;
    if (typeAt === start + 1 || bytes[typeAt - 1] !== SPACE || bytes[typeAt + 1] !== SPACE) return;
    const nameAt = typeAt + 2;
    let nameEnd = nameAt;
    while (nameEnd < end && bytes[nameEnd] !== TAB && bytes[nameEnd] !== SPACE) nameEnd++;
    if (nameEnd > nameAt) this.#add(parseAddress(bytes, start, typeAt - 1), bytes, nameAt, nameEnd);
  }

  #add(address: number, bytes: Buffer, nameAt: number, nameEnd: number): void {
    const columns = this.#columns;
    if (this.#count === columns.addresses.length) growEntries(columns);
    if (this.#used + nameEnd - nameAt >= columns.names.length) growNames(columns);
    const index = this.#count++;
    columns.addresses[index] = address;
    columns.nameAt[index] = this.#used;
    if (this.#ordered === index && (index === 0 || address >= columns.addresses[index - 1])) this.#ordered++;
    bytes.copy(columns.names, this.#used, nameAt, nameEnd);
    this.#used += nameEnd - nameAt + 1;
    columns.names[this.#used - 1] = NEWLINE;
  }

  /** The table takes over the columns; the part that is in order stays where it is. */
  build(): SymbolTable {
    const { addresses, nameAt } = this.#columns;
    const rest = Uint32Array.from({ length: this.#count - this.#ordered }, (_, i) => this.#ordered + i);
    rest.sort((a, b) => addresses[a] - addresses[b] || a - b);
    if (rest.length > 0) {
      const from = this.#firstAbove(addresses[rest[0]]);
      const order = this.#merged(from, rest);
      addresses.set(
        Float64Array.from(order, (index) => addresses[index]),
        from,
      );
      nameAt.set(
        Uint32Array.from(order, (index) => nameAt[index]),
        from,
      );
    }
    return new SymbolTable(this.#columns, this.#count);
  }

  /** The first index of the ordered part with an address above `address`, or its end. */
  #firstAbove(address: number): number {
    let index = this.#ordered;
    while (index > 0 && this.#columns.addresses[index - 1] > address) index--;
    return index;
  }

  /** Indices by address, stable: the ordered part from `from` on and the sorted `rest`. */
  #merged(from: number, rest: Uint32Array): Uint32Array {
    const { addresses } = this.#columns;
    const order = new Uint32Array(this.#count - from);
    let left = from;
    let right = 0;
    for (let i = 0; i < order.length; i++) {
      const takeLeft = right === rest.length || (left < this.#ordered && addresses[left] <= addresses[rest[right]]);
      order[i] = takeLeft ? left++ : rest[right++];
    }
    return order;
  }
}

function growEntries(columns: Columns): void {
  const { addresses, nameAt } = columns;
  columns.addresses = new Float64Array(addresses.length * 2);
  columns.addresses.set(addresses);
  columns.nameAt = new Uint32Array(nameAt.length * 2);
  columns.nameAt.set(nameAt);
}

function growNames(columns: Columns): void {
  const { names } = columns;
  columns.names = Buffer.allocUnsafeSlow(names.length * 2);
  names.copy(columns.names);
}

function hexEnd(bytes: Buffer, start: number): number {
  let at = start;
  while (hexDigit(bytes[at]) >= 0) at++;
  return at;
}

/** A number of at most 64 bits as a signed one. */
function parseAddress(bytes: Buffer, start: number, end: number): number {
  const split = Math.max(start, end - 8);
  return (parseHex(bytes, start, split) | 0) * TWO32 + parseHex(bytes, split, end);
}

function parseHex(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * 16 + hexDigit(bytes[i]);
  return value;
}

/** -1 for what is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  return byte >= 97 && byte <= 102 ? byte - 87 : -1;
}
