/**
 * Writes errno-table.ts and syscall-tables.ts from C headers, by the macros that clang's preprocessor sees:
 *
 *   node processors/decode/decoders/generate-tables.ts [SYSROOT]
 *
 * SYSROOT is where newer kernel headers (Debian's linux-libc-dev) are unpacked; default: the system's own.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ARCHITECTURES = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
const NOT_CALLS = new Set(['syscalls', 'arch_specific_syscall']);

/** The macros that `header` defines for a target, unexpanded. */
export function macros(header: string, target: string, sysroot: string): ReadonlyMap<string, string> {
  const include = join(sysroot, 'usr/include');
  const args = [
    `--target=${target}`,
    '-E',
    '-dM',
    '-nostdinc',
    '-isystem',
    join(include, target),
    '-isystem',
    include,
    '-x',
    'c',
    '-',
  ];
  const text = execFileSync('clang', args, { input: `#include <${header}>\n`, encoding: 'utf8' });
  return new Map([...text.matchAll(/^#define (\w+) (\S+)$/gm)].map(([, name, value]) => [name, value]));
}

/** Follows a macro's value through other macros to a number. */
function resolve(all: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = all.get(name);
  if (value === undefined) return undefined;
  return /^\d+$/.test(value) ? Number(value) : resolve(all, value);
}

/** number -> name; of several names for a number the first in the alphabet (ENOTSUP before EOPNOTSUPP), as Go's tools show. */
export function table(
  all: ReadonlyMap<string, string>,
  prefix: RegExp,
  skip: ReadonlySet<string> = new Set(),
): [number, string][] {
  const byNumber = new Map<number, string>();
  for (const macro of [...all.keys()].sort()) {
    const name = macro.replace(prefix, '');
    const number = prefix.test(macro) && !skip.has(name) ? resolve(all, macro) : undefined;
    if (number !== undefined && !byNumber.has(number)) byNumber.set(number, name);
  }
  return [...byNumber].sort(([a], [b]) => a - b);
}

/** Runs of consecutive numbers, each with its first: `0 read write open`. */
function runs(entries: readonly [number, string][]): string[] {
  const lines: string[] = [];
  entries.forEach(([number, name], i) => {
    const follows = i > 0 && entries[i - 1][0] === number - 1;
    const line = lines.at(-1) ?? '';
    if (follows && line.length + name.length < 100) lines[lines.length - 1] = `${line} ${name}`;
    else lines.push(`${number} ${name}`);
  });
  return lines;
}

const literal = (entries: readonly [number, string][]): string => `\`\n${runs(entries).join('\n')}\n\``;
const HEADING =
  '// Written by generate-tables.ts from C headers. A line is a number and the names of it and of those that follow.\n';
const IMPORT = "import { parseTable } from './table.ts';\n\n";

const write = (file: string, text: string): void =>
  writeFileSync(join(import.meta.dirname, file), `${HEADING}${IMPORT}${text}`);

function main(sysroot: string): void {
  const errno = table(macros('errno.h', ARCHITECTURES.x64, '/'), /^(?=E[A-Z0-9]+$)/);
  write(
    'errno-table.ts',
    `/** Of Linux on x86_64 and arm64, which have the same. */\nexport const ERRNO = parseTable(${literal(errno)});\n`,
  );
  const calls = Object.entries(ARCHITECTURES).map(([arch, target]) => {
    const entries = table(macros('asm/unistd.h', target, sysroot), /^__NR_/, NOT_CALLS);
    return `  ${arch}: ${literal(entries)},\n`;
  });
  write(
    'syscall-tables.ts',
    `/** By the names of \`process.arch\`. */\nconst CALLS: Readonly<Record<string, string>> = {\n${calls.join('')}};\n
/** Names of system calls by number; empty for an architecture without a table. */
export const syscallNames = (arch: string): ReadonlyMap<number, string> => parseTable(CALLS[arch] ?? '');\n`,
  );
}

if (import.meta.main) main(process.argv[2] ?? '/');
