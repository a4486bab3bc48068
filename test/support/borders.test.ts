// Plants one import into a copy of the layout and lets the real linter judge it, for each row of the table in
// scripts/lint/import-borders.ts, both ways.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');

interface Case {
  file: string;
  line: string;
  /** Part of the refusal; absent: the import is accepted. */
  refused?: string;
}

const imports = (specifier: string): string => `import { x } from '${specifier}';\nexport const y = x;\n`;

const cases: Case[] = [
  { file: 'native/door.ts', line: imports('node:fs') },
  { file: 'native/door.ts', line: imports('./other.ts') },
  { file: 'native/door.ts', line: imports('../src/component.ts'), refused: 'native may import node: modules only' },
  { file: 'native/door.ts', line: imports('@opentelemetry/api'), refused: 'native may import node: modules only' },

  { file: 'src/pipeline.ts', line: imports('./component.ts') },
  { file: 'src/pipeline.ts', line: imports('@opentelemetry/api') },
  { file: 'src/pipeline.ts', line: imports('yaml'), refused: 'yaml in src/config.ts and src/yaml-document.ts only' },
  { file: 'src/config.ts', line: imports('yaml') },
  { file: 'src/yaml-document.ts', line: imports('yaml') },
  {
    file: 'src/config.ts',
    line: imports('../native/index.ts'),
    refused: 'src/config.ts or src/yaml-document.ts may import',
  },
  { file: 'src/pipeline.ts', line: imports('../native/index.ts'), refused: 'imports native/index.ts: src may import' },
  {
    file: 'src/agent.ts',
    line: imports('../receivers/ebpf/index.ts'),
    refused: 'components in src/components.ts only',
  },
  { file: 'src/agent.ts', line: imports('../test/support/agent.ts'), refused: 'imports test/support/agent.ts' },

  { file: 'src/components.ts', line: imports('../receivers/ebpf/index.ts') },
  { file: 'src/main.ts', line: imports('../exporters/debug/index.ts') },
  { file: 'src/components.ts', line: imports('../receivers/ebpf/receiver.ts'), refused: "each component's index.ts" },
  { file: 'src/main.ts', line: imports('../native/index.ts'), refused: "each component's index.ts" },

  { file: 'receivers/ebpf/receiver.ts', line: imports('../../native/index.ts') },
  { file: 'receivers/ebpf/receiver.ts', line: imports('../../src/series-table.ts') },
  { file: 'receivers/ebpf/maps/reader.ts', line: imports('../histogram.ts') },
  { file: 'receivers/ebpf/receiver.ts', line: imports('../../src/agent.ts'), refused: 'a receiver may import' },
  { file: 'receivers/ebpf/receiver.ts', line: imports('../../native/layout.ts'), refused: 'native/index and its own' },
  { file: 'receivers/ebpf/receiver.ts', line: imports('../../processors/decode/index.ts'), refused: 'a receiver may' },
  { file: 'receivers/ebpf/receiver.ts', line: imports('yaml'), refused: 'imports yaml: a receiver may import' },

  { file: 'processors/decode/decoders/uint.ts', line: imports('../decoder.ts') },
  { file: 'processors/decode/index.ts', line: imports('../../src/metric-batch.ts') },
  {
    file: 'processors/decode/index.ts',
    line: imports('../cgroup/index.ts'),
    refused: 'imports processors/cgroup/index.ts',
  },
  {
    file: 'processors/decode/index.ts',
    line: imports('../../native/index.ts'),
    refused: 'a processor or extension may',
  },
  { file: 'processors/decode/index.ts', line: imports('../../src/resource-metrics.ts'), refused: 'a processor or' },

  { file: 'exporters/debug/index.ts', line: imports('../../src/resource-metrics.ts') },
  { file: 'exporters/debug/index.ts', line: imports('@opentelemetry/otlp-transformer') },
  { file: 'exporters/debug/index.ts', line: imports('../prometheus/writer.ts'), refused: 'an exporter may import' },
  {
    file: 'exporters/debug/index.ts',
    line: imports('../../native/index.ts'),
    refused: 'imports native/index.ts: an exporter',
  },
  { file: 'exporters/debug/index.ts', line: imports('../../src/pipeline.ts'), refused: 'imports src/pipeline.ts' },

  {
    file: 'exporters/debug/index.ts',
    line: "export { x } from '../prometheus/writer.ts';\n",
    refused: 'an exporter may',
  },
  { file: 'exporters/debug/index.ts', line: "export * from '../prometheus/writer.ts';\n", refused: 'an exporter may' },
  {
    file: 'exporters/debug/index.ts',
    line: "export const x = () => import('../../native/index.ts');\n",
    refused: 'an exporter',
  },
  {
    file: 'exporters/debug/index.ts',
    line: "export type X = import('../../native/index.ts').X;\n",
    refused: 'an exporter',
  },
  {
    file: 'src/main.ts',
    line: 'export const x = (name: string) => import(name);\n',
    refused: 'must be a string literal',
  },

  { file: 'receivers/ebpf/receiver.test.ts', line: imports('../../test/support/agent.ts') },
];

describe('import borders', () => {
  let copy: string;
  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'borders-'));
    for (const path of ['.oxlintrc.json', 'scripts/lint'])
      cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rmSync(copy, { recursive: true }));

  // A run of the linter judges many files at once, but one case of each file only.
  const rounds: Case[][] = [];
  for (const one of cases) {
    const round = rounds.find((some) => some.every(({ file }) => file !== one.file));
    if (round === undefined) rounds.push([one]);
    else round.push(one);
  }
  for (const [index, round] of rounds.entries()) {
    it(`round ${index + 1}: ${round.map(({ file }) => file).join(', ')}`, async () => {
      for (const { file, line } of round) {
        mkdirSync(join(copy, dirname(file)), { recursive: true });
        writeFileSync(join(copy, file), line);
      }
      const refusals = await lint(
        copy,
        round.map(({ file }) => file),
      );
      for (const { file, refused } of round) {
        const messages = refusals.filter(({ filename }) => filename === file).map(({ message }) => message);
        if (refused === undefined) assert.deepEqual(messages, [], file);
        else assert.match(messages.join('\n'), new RegExp(refused.replaceAll(/[.{}]/g, String.raw`\$&`)), file);
      }
    });
  }
});

interface Refusal {
  filename: string;
  message: string;
  code: string;
}

async function lint(cwd: string, files: string[]): Promise<Refusal[]> {
  const args = [oxlint, '--format=json', ...files];
  const { stdout } = await run(process.execPath, args, { cwd }).catch((error: { stdout: string }) => error);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Refusal[] };
  return diagnostics.filter(({ code }) => code === 'project(import-borders)');
}
