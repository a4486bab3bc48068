import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diag } from '@opentelemetry/api';
import fc from 'fast-check';
import type { LogsConfig } from './config.ts';
import { telemetrySchema } from './config/telemetry-schema.ts';
import { consoleLine, errorText, jsonLine } from './log-line.ts';
import { LogSampler } from './log-sampler.ts';
import type { AgentLogger } from './logger.ts';
import { createLogger, routeDiag } from './logger.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-'));
});
after(() => rmSync(folder, { recursive: true }));

function logsConfig(config: Record<string, unknown>): LogsConfig {
  const parsed = telemetrySchema.parse({ logs: config }, [], (path, message) => {
    assert.fail(`${path.join('::')}: ${message}`);
  });
  return parsed?.logs as LogsConfig;
}

/** What `use` logs with this config, as lines. */
function logged(config: Record<string, unknown>, use: (logger: AgentLogger) => void): string[] {
  const file = join(folder, `${Math.random()}.log`);
  const logger = createLogger(logsConfig({ output_paths: [file], ...config }));
  use(logger);
  logger.close();
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

describe('console encoding', () => {
  const base = { timeMs: 0, level: 'info', message: 'hello', fields: {} } as const;
  const cases: { name: string; record: Parameters<typeof consoleLine>[0]; line: string }[] = [
    { name: 'bare', record: base, line: '1970-01-01T00:00:00.000Z\tinfo\thello\n' },
    {
      name: 'caller and fields',
      record: { ...base, caller: 'exporters::debug', fields: { a: 1, b: 'x' } },
      line: '1970-01-01T00:00:00.000Z\tinfo\texporters::debug\thello\t{"a": 1, "b": "x"}\n',
    },
    {
      name: 'no line can be forged',
      record: { ...base, message: 'a\nb\tc\u001b[31m' },
      line: '1970-01-01T00:00:00.000Z\tinfo\ta\\nb\\tc\\u001b[31m\n',
    },
    { name: 'a stack', record: { ...base, stack: 'Error: x\n at y' }, line: `${consoleLine(base)}Error: x\n at y\n` },
  ];
  for (const { name, record, line } of cases) test(name, () => assert.equal(consoleLine(record), line));
});

test('json encoding: one object a line', () => {
  const line = jsonLine({ timeMs: 0, level: 'warn', caller: 'agent', message: 'a\nb', fields: { n: 1 }, stack: 'at' });
  const expected = {
    level: 'warn',
    ts: '1970-01-01T00:00:00.000Z',
    caller: 'agent',
    msg: 'a\nb',
    n: 1,
    stacktrace: 'at',
  };
  assert.deepEqual(JSON.parse(line), expected);
  assert.equal(line.indexOf('\n'), line.length - 1);
});

describe('attributes', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const hostile = {
    get trap(): never {
      throw new Error('boom');
    },
  };
  const cases: { name: string; value: unknown; shown: RegExp }[] = [
    { name: 'bigint', value: 5n, shown: /^"5"$/ },
    { name: 'not a number', value: NaN, shown: /^"NaN"$/ },
    { name: 'an error and its causes', value: new Error('a', { cause: new TypeError('b') }), shown: /^"a: b"$/ },
    { name: 'a circle', value: circle, shown: /"…"/ },
    { name: 'a getter that throws', value: hostile, shown: /unprintable: boom/ },
    { name: 'bytes', value: new Uint8Array([1, 2]), shown: /1/ },
    { name: 'a long text', value: 'x'.repeat(10_000), shown: /^.{4096,4110}$/ },
    { name: 'a nested secret', value: { headers: { Authorization: 'Bearer x' } }, shown: /"\[REDACTED\]"/ },
  ];
  for (const { name, value, shown } of cases) {
    test(name, () => {
      const line = jsonLine({ timeMs: 0, level: 'info', message: '', fields: { value } });
      const { value: found } = JSON.parse(line) as { value: unknown };
      assert.match(JSON.stringify(found), shown);
    });
  }
  test('never throws, and is JSON', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withTypedArray: true })),
        (fields) => {
          JSON.parse(jsonLine({ timeMs: 0, level: 'info', message: '', fields }));
        },
      ),
    );
  });
  test('errors that say nothing have a name', () => assert.equal(errorText(new TypeError('')), 'TypeError'));
});

describe('a logger', () => {
  test('filters by level', () => {
    const lines = logged({ level: 'warn' }, (logger) => {
      logger.info('no');
      logger.warn('yes');
      logger.error('too');
    });
    assert.deepEqual(
      lines.map((line) => line.split('\t').slice(1)),
      [
        ['warn', 'agent', 'yes'],
        ['error', 'agent', 'too'],
      ],
    );
  });
  test('names the component', () => {
    const [line] = logged({ initial_fields: { site: 'a' } }, (logger) =>
      logger.component('exporter', 'debug/x').info('hi'),
    );
    const [, ...columns] = line.split('\t');
    assert.deepEqual(columns, [
      'info',
      'exporters::debug/x',
      'hi',
      '{"site": "a", "otelcol.component.id": "debug/x", "otelcol.component.kind": "exporter"}',
    ]);
  });
  test('leaves out callers and stacks when told', () => {
    const config = { disable_caller: true, disable_stacktrace: true };
    const lines = logged(config, (logger) => logger.error('bad', { error: new Error('x') }));
    assert.deepEqual(
      lines.map((line) => line.split('\t').slice(1)),
      [['error', 'bad', '{"error": "x"}']],
    );
  });
  test('leaves out times when told', () => {
    const say = (logger: { info: (message: string) => void }): void => logger.info('hi');
    assert.deepEqual(logged({ disable_timestamp: true }, say), ['info\tagent\thi']);
    assert.deepEqual(logged({ disable_timestamp: true, encoding: 'json' }, say), [
      '{"level":"info","caller":"agent","msg":"hi"}',
    ]);
  });
  const stacks: { development: boolean; level: 'warn' | 'error'; stack: boolean }[] = [
    { development: false, level: 'warn', stack: false },
    { development: false, level: 'error', stack: true },
    { development: true, level: 'warn', stack: true },
  ];
  for (const { development, level, stack } of stacks) {
    test(`stack of ${level}, development ${development}: ${stack}`, () => {
      const lines = logged({ development }, (logger) => logger[level]('bad', { error: new Error('x') }));
      assert.equal(lines.length > 1, stack);
    });
  }
  test('tells what it sampled away', () => {
    const sampling = { initial: 2, thereafter: 3, tick: '1h' };
    const lines = logged({ encoding: 'json', sampling }, (logger) => {
      for (let i = 0; i < 9; i++) logger.info('again');
      logger.info('other');
    });
    const parsed = lines.map((line) => JSON.parse(line) as { msg: string; sampled_away?: number });
    const shown = parsed.map(({ msg, sampled_away: away }) => [msg, away]);
    assert.deepEqual(shown, [
      ['again', undefined],
      ['again', undefined],
      ['again', 2],
      ['again', 2],
      ['other', undefined],
      ['log lines sampled away', 1],
    ]);
  });
  test('takes what OpenTelemetry says', () => {
    const lines = logged({}, (logger) => {
      routeDiag(logger);
      diag.warn('careful', { code: 1 });
      diag.debug('never');
      diag.disable();
    });
    assert.equal(lines.length, 1);
    assert.match(lines[0], /\twarn\tagent\tcareful\t\{"details": \[\{"code":1\}\]\}$/);
  });
  test('goes on when a line cannot be written, and says so elsewhere', () => {
    const errors = join(folder, 'errors.log');
    const logger = createLogger(logsConfig({ output_paths: ['/dev/full'], error_output_paths: [errors] }));
    logger.info('lost');
    logger.close();
    assert.match(readFileSync(join(folder, 'errors.log'), 'utf8'), /a log line could not be written, 1 so far: ENOSPC/);
  });
  test('an output that cannot be opened is an error', () => {
    assert.throws(() => logged({ output_paths: [join(folder, 'no/such/file')] }, () => {}), /ENOENT/);
  });
});

describe('sampler', () => {
  test('counts anew each tick, and by message', () => {
    const sampler = new LogSampler({ tick: 10, initial: 1, thereafter: 0 });
    const calls: [string, number, number | undefined][] = [
      ['a', 0, 0],
      ['a', 1, undefined],
      ['b', 1, 0],
      ['a', 9, undefined],
      ['a', 10, 2],
      ['a', 11, undefined],
    ];
    for (const [key, now, answer] of calls) assert.equal(sampler.sample(key, now), answer);
    assert.equal(sampler.pending, 1);
  });
  test('forgets messages, not what was dropped of them', () => {
    const sampler = new LogSampler({ tick: 10, initial: 1, thereafter: 0 });
    for (let i = 0; i < 3000; i++) for (const now of [0, 1]) sampler.sample(`message ${i}`, now);
    assert.equal(sampler.pending, 3000);
  });
  test('logged and dropped lines are all lines, whatever comes', () => {
    const input = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(30)), { maxLength: 200 });
    fc.assert(
      fc.property(input, fc.nat(3), fc.nat(4), (calls, initial, thereafter) => {
        const sampler = new LogSampler({ tick: 100, initial, thereafter });
        let now = 0;
        let accounted = 0;
        for (const [key, step] of calls) {
          now += step;
          const answer = sampler.sample(key, now);
          accounted += answer === undefined ? 0 : answer + 1;
        }
        assert.equal(accounted + sampler.pending, calls.length);
      }),
    );
  });
});
