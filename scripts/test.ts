// test.ts [--only unit|e2e|kernel] [--full] [PATH...]
//
// Without arguments: scripts/check.sh, then every *.test.ts. PATH picks the test files whose path contains it. --full runs
// the random, load and restart tests at the sizes of a release: an hour.
// Test files run two at a time. A file with a line `// test: alone` in it runs after the others, by itself.
// Exit status 1 when a check or a test failed, or when no test ran.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const kinds = ['unit', 'e2e', 'kernel'];
const folders = '{src,receivers,processors,exporters,extensions,native,config,scripts,test}';
/** Above the longest suite, a guest's under emulation; a test that hangs must not hang the whole run. */
const timeoutMs = 25 * 60_000;

/** Read by the tests themselves, each with a default of its own. */
const fullSizes: Readonly<Record<string, string>> = {
  CHURN_SECONDS: '60',
  FAULTS: 'all',
  FORMAT_CONFIGS: '10000',
  FUZZ_INPUTS: '10000000',
  FUZZ_OBJECTS: '10000',
  LOAD_READS: '1000',
  RESTARTS: '1000',
};

type Totals = Record<'tests' | 'suites' | 'passed' | 'cancelled' | 'skipped' | 'todo', number>;

function kindOf(file: string): string {
  return /^test\/(e2e|kernel)\//.exec(file)?.[1] ?? 'unit';
}

function chosenFiles(only: string | undefined, parts: string[]): string[] {
  return globSync(`${folders}/**/*.test.ts`, { cwd: root, exclude: ['**/node_modules'] })
    .filter((file) => only === undefined || kindOf(file) === only)
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part.replace(/^\.\//, ''))))
    .sort();
}

const isAlone = (file: string): boolean => /^\/\/ test: alone$/m.test(readFileSync(join(root, file), 'utf8'));

/** Adds to `totals` and prints each test as it ends. */
async function runFiles(files: string[], concurrency: number, totals: Totals): Promise<void> {
  if (files.length === 0) return;
  const events = run({ files: files.map((file) => join(root, file)), cwd: root, concurrency, timeout: timeoutMs });
  events.on('test:summary', ({ file, counts }) => {
    if (file !== undefined) return;
    for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += counts[name];
  });
  for await (const line of events.compose(spec())) process.stdout.write(String(line));
}

function failures({ tests, passed, skipped, todo }: Totals): number {
  return tests - passed - skipped - todo;
}

/** The closing lines of `node --test`, of all parts together. */
function printTotals(totals: Totals, durationMs: number): void {
  const { tests, suites, passed: pass, cancelled, skipped, todo } = totals;
  const fail = failures(totals) - cancelled;
  const lines = { tests, suites, pass, fail, cancelled, skipped, todo, duration_ms: Math.round(durationMs) };
  for (const [name, count] of Object.entries(lines)) console.log(`# ${name} ${count}`);
}

function checked(): boolean {
  return spawnSync(join(root, 'scripts/check.sh'), { stdio: 'inherit' }).status === 0;
}

async function main(): Promise<void> {
  const options = { only: { type: 'string' }, full: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.full === true) Object.assign(process.env, { ...fullSizes, ...process.env });
  if (values.only !== undefined && !kinds.includes(values.only)) {
    throw new Error(`--only ${values.only}: expected one of ${kinds.join(', ')}`);
  }
  const files = chosenFiles(values.only, positionals);
  if (files.length === 0) throw new Error('no test file matches');
  const everything = values.only === undefined && positionals.length === 0;
  if (everything && !checked()) process.exitCode = 1;

  const start = performance.now();
  const totals: Totals = { tests: 0, suites: 0, passed: 0, cancelled: 0, skipped: 0, todo: 0 };
  const alone = files.filter(isAlone);
  await runFiles(
    files.filter((file) => !alone.includes(file)),
    2,
    totals,
  );
  await runFiles(alone, 1, totals);
  printTotals(totals, performance.now() - start);
  if (failures(totals) > 0 || totals.passed === 0) process.exitCode = 1;
}

await main();
