// test: alone
// Every hook's test on this machine's kernel and on Debian's, with doctor's promises: one boot a kernel, two at once.
// It prints hook by kernel and writes docs/kernels.md. The guests together take some minutes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import { repository } from '../support/agent.ts';
import { formatPrograms } from '../format/build.ts';
import { addonFor } from './cross-build.ts';
import { fixtures } from './fixtures.ts';
import { bootGuest } from './harness.ts';
import type { Architecture, GuestResult, Suite } from './harness.ts';
import type { HookResult } from './hook.ts';
import { checkMetrics } from './promtool.ts';
import { kernelPage, proofTable } from './kernel-table.ts';
import type { Column } from './kernel-table.ts';

interface GuestCase {
  title: string;
  suite: Suite;
  architecture: Architecture;
}

const run = promisify(execFile);
const tests = ['receivers/ebpf/programs/*/*.test.ts', 'test/kernel/doctor.test.ts'];
/** The format, by its own programs; and what only a machine of one's own allows. */
const guestTests = [...tests, 'test/format/programs.test.ts', 'test/kernel/cpus.guest.ts'];
const columns: Column[] = ['host', '5.10', '6.1', '6.12', 'newest', 'arm64'].map((title) => ({ title, results: [] }));

const guests: GuestCase[] = [
  { title: 'arm64', suite: 'trixie', architecture: 'arm64' },
  { title: '5.10', suite: 'bullseye', architecture: 'amd64' },
  { title: '6.1', suite: 'bookworm', architecture: 'amd64' },
  { title: '6.12', suite: 'trixie', architecture: 'amd64' },
  { title: 'newest', suite: 'sid', architecture: 'amd64' },
];

/** What this machine has compiled need not be compiled again under emulation. */
const compileCache = { NODE_COMPILE_CACHE: join(repository, 'test/.cache/node') };

/** Stands between the output of the tests and the lines of HOOK_RESULTS. */
const mark = 'results of hooks:';
const pageMark = 'page of all hooks:';

// An emulated PMU is so slow that the kernel would lower the highest frequency of samples. The shipped objects are this machine's; where the guest's are others, they take their place, in the guest only.
const script = `echo 0 > /proc/sys/kernel/perf_cpu_time_max_percent
cp "$FIXTURES"/programs/*/*.bpf.o /tmp
for folder in receivers/ebpf/programs/*/; do
  name=$(basename "$folder")
  [ -e "/tmp/$name.bpf.o" ] && cp "/tmp/$name.bpf.o" "$folder"
done
touch "$HOOK_RESULTS"
node --test --test-isolation=none "$@"
status=$?
echo '${mark}'
cat "$HOOK_RESULTS"
echo '${pageMark}'
cat "$HOOK_PAGE"
exit $status`;

function parseResults(lines: string): HookResult[] {
  return lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as HookResult);
}

function keep(title: string, results: HookResult[]): void {
  const column = columns.find((one) => one.title === title);
  assert.ok(column);
  column.results = results;
}

/** Emulated kernels panic now and then while they boot (they patch code that another CPU runs): once more, then. */
async function bootTwice(boot: () => Promise<GuestResult>): Promise<GuestResult> {
  return boot().catch(async (error: unknown) => {
    const panicked = error instanceof Error && /Kernel panic/.test(error.message) && !/[✔✖]/.test(error.message);
    if (!panicked) throw error;
    console.log(error.message);
    return boot();
  });
}

async function runGuest({ title, suite, architecture }: GuestCase): Promise<void> {
  const env = {
    ...(await addonFor(architecture)),
    ...compileCache,
    FIXTURES: await fixtures(architecture),
    FORMAT_PROGRAMS: await formatPrograms(architecture),
    TEST_DISK: '/dev/vda',
    SHARED_AGENT: '1',
    HOOK_RESULTS: '/tmp/hook-results',
    HOOK_PAGE: '/tmp/hook-page',
  };
  const command = ['sh', '-c', script, 'sh', ...guestTests];
  const guest = await bootTwice(async () => bootGuest(suite, command, { architecture, env, timeoutMs: 900_000 }));
  const [output, rest = ''] = guest.output.split(mark);
  const [lines, page = ''] = rest.split(`${pageMark}\n`);
  const results = parseResults(lines);
  keep(title, results);
  assert.equal(guest.status, 0, output);
  const off = results.filter(({ state }) => state !== 'active').map(({ hook }) => hook);
  assert.deepEqual(
    off.filter((hook) => !hook.startsWith('llcstat')),
    [],
    'hooks that are not active',
  );
  assert.equal(results.filter(({ hook }) => !hook.startsWith('llcstat-')).length, 14);
  await checkMetrics(page);
}

async function runHost(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hooks-'));
  const file = join(folder, 'results');
  const env = { ...process.env, ...compileCache, SHARED_AGENT: '1', HOOK_RESULTS: file, NODE_TEST_CONTEXT: undefined };
  try {
    const done = await run(process.execPath, ['--test', '--test-isolation=none', ...tests], {
      cwd: repository,
      env,
    }).then(
      () => '',
      (error: { stdout?: string }) => error.stdout ?? 'node --test did not run',
    );
    keep('host', parseResults(await readFile(file, 'utf8').catch(() => '')));
    assert.equal(done, '');
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('the hooks of this machine', requires('root', 'btf', 'tracefs', 'prometheus'), runHost);

describe('the hooks of guests', { concurrency: 2 }, () => {
  for (const guest of guests) {
    const ability = guest.architecture === 'arm64' ? 'qemu-arm64' : 'qemu';
    test(`${guest.title}: Debian ${guest.suite}, ${guest.architecture}`, requires(ability, 'prometheus'), async () =>
      runGuest(guest),
    );
  }
});

// A table with holes would say less than the last one.
after(async () => {
  const page = kernelPage(columns);
  console.log(`${proofTable(columns)}\n${page}`);
  const hooks = new Set(columns.flatMap(({ results }) => results.map(({ hook }) => hook)));
  if (columns.every(({ results }) => results.length === hooks.size))
    await writeFile(join(repository, 'docs/kernels.md'), page);
});
