import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Path } from './schema.ts';
import { Expanded, integer, object, string, text } from './schema.ts';
import { checkFile, formatYaml, parseYaml } from './yaml-document.ts';

const unwrap = (value: unknown): unknown => (value instanceof Expanded ? [value.value, value.text] : value);

describe('scalars as Go reads them', () => {
  const cases: [string, unknown][] = [
    ['1', 1],
    ['-7', -7],
    ['1.5', 1.5],
    ['true', true],
    ['yes', 'yes'],
    ['~', null],
    ['', null],
    ['"1"', '1'],
    ['0x1f', [31, '0x1f']],
    ['0123', [83, '0123']],
    ['0o17', [15, '0o17']],
    ['0b101', [5, '0b101']],
    ['089', [89, '089']],
    ['1_000', [1000, '1_000']],
    ['1.10', [1.1, '1.10']],
    ['18446744073709551615', [2 ** 64, '18446744073709551615']],
    ['2020-01-01', '2020-01-01'],
    ['!!str 12', '12'],
    ['|\n  a\n  b\n', 'a\nb\n'],
  ];
  for (const [source, value] of cases) {
    test(JSON.stringify(source), () => {
      const document = parseYaml(`a: ${source}`, 'x.yaml');
      assert.deepEqual(document.errors, []);
      assert.deepEqual(unwrap((document.value as { a: unknown }).a), value);
    });
  }

  test('keys stay as they are written', () => {
    const { value } = parseYaml('{0: a, 0x10: b, true: c, "q r": d}', 'x.yaml');
    assert.deepEqual(value, { '0': 'a', '0x10': 'b', true: 'c', 'q r': 'd' });
  });
  test('merge keys and anchors', () => {
    const { value } = parseYaml('a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {z: 4}]}\nd: *a\n', 'x.yaml');
    const a = { x: 1, y: 2 };
    assert.deepEqual(value, { a, b: { x: 1, y: 3 }, c: { x: 1, y: 2, z: 4 }, d: a });
  });
  test('a key called __proto__ is a key', () => {
    const { value } = parseYaml('__proto__: {polluted: 1}', 'x.yaml');
    assert.deepEqual(Object.keys(value as object), ['__proto__']);
    assert.equal((value as { polluted?: number }).polluted, undefined);
  });
});

describe('errors have their place', () => {
  const cases: { name: string; source: string; error: RegExp; at: [number, number] }[] = [
    { name: 'bad YAML', source: 'a:\n  - [1\n', error: /^bad YAML: /, at: [3, 1] },
    { name: 'tabs', source: 'a:\n\tb: 1\n', error: /^bad YAML: Tabs/, at: [2, 1] },
    {
      name: 'a key twice',
      source: 'a: 1\nb: 2\na: 3\n',
      error: /^key "a" is there twice, first at line 1$/,
      at: [3, 1],
    },
    { name: 'unknown alias', source: 'a: *b\n', error: /^bad YAML: Unresolved alias|^alias \*b/, at: [1, 4] },
    { name: 'an alias inside its own anchor', source: 'a: &a [*a]\n', error: /^alias \*a has no anchor/, at: [1, 8] },
    { name: 'unknown tag', source: 'a: !foo 1\n', error: /^bad YAML: Unresolved tag: !foo/, at: [1, 4] },
    { name: 'two documents', source: 'a: 1\n---\nb: 1\n', error: /^expected one YAML document/, at: [2, 1] },
    { name: 'a map for a key', source: '? [a]\n: 1\n', error: /^expected a key that is text/, at: [1, 3] },
    { name: 'no key', source: '~: 1\n', error: /^expected a key that is text/, at: [1, 1] },
    { name: 'a merge of no map', source: 'a: {<<: 1}\n', error: /^expected "<<" to name a map/, at: [1, 5] },
    { name: 'too deep', source: '['.repeat(5000), error: /deep/, at: [1, 1] },
    { name: 'too deep, closed', source: '['.repeat(500) + ']'.repeat(500), error: /deep/, at: [1, 202] },
    { name: 'too large', source: '#'.repeat((4 << 20) + 1), error: /^larger than 4 MiB/, at: [1, 1] },
  ];
  for (const { name, source, error, at } of cases) {
    test(name, () => {
      const [first] = parseYaml(source, 'x.yaml').errors;
      assert.match(first.message, error);
      assert.deepEqual([first.file, first.line, first.column], ['x.yaml', ...at]);
    });
  }

  test('an alias bomb is an error and costs nothing', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `k${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
    const { errors } = parseYaml(`k0: &a0 x\n${levels.join('\n')}\n`, 'bomb.yaml');
    assert.match(errors[0].message, /^more than 200000 values, aliases written out$/);
  });
});

describe('locate', () => {
  const source = 'a:\n  b: 1\n  c: [x, {d: y}]\n  e:\n    f: 2\n  g:\nh:\n  - i: 1\n  - j\n';
  const document = parseYaml(source, 'x.yaml');
  const cases: { path: Path; part?: 'key'; at: [number, number] }[] = [
    { path: [], at: [1, 1] },
    { path: ['a', 'b'], at: [2, 6] },
    { path: ['a', 'b'], part: 'key', at: [2, 3] },
    { path: ['a', 'c'], at: [3, 6] },
    { path: ['a', 'c', 0], at: [3, 7] },
    { path: ['a', 'c', 1, 'd'], at: [3, 14] },
    { path: ['a', 'e'], at: [4, 3] },
    { path: ['a', 'g'], at: [6, 3] },
    { path: ['h', 0, 'i'], at: [8, 8] },
    { path: ['h', 1], at: [9, 5] },
    { path: ['a', 'e', 'missing', 'deeper'], at: [4, 3] },
    { path: ['missing'], at: [1, 1] },
    { path: ['a', 'c', 7], at: [3, 3] },
  ];
  for (const { path, part, at } of cases) {
    test(`${path.join('::')} ${part ?? ''}`, () => {
      const { line, column } = document.locate(path, part);
      assert.deepEqual([line, column], at);
    });
  }
});

describe('checkFile', () => {
  const schema = object({ name: string(), size: integer({ min: 1 }), label: text({ default: '' }) });

  test('a value', () => {
    assert.deepEqual(checkFile(schema, 'x.yaml', 'name: a\nsize: 0x10\nlabel: 1.10\n'), {
      value: { name: 'a', size: 16, label: '1.10' },
      faults: [],
    });
  });
  test('every fault', () => {
    const { value, faults } = checkFile(schema, 'x.yaml', 'nam: a\nsize: 0\n');
    assert.equal(value, undefined);
    assert.deepEqual(faults, [
      { file: 'x.yaml', line: 1, column: 1, path: 'nam', message: 'unknown key "nam"; did you mean "name"?' },
      { file: 'x.yaml', line: 1, column: 1, path: 'name', message: '"name" is required: text' },
      {
        file: 'x.yaml',
        line: 2,
        column: 7,
        path: 'size',
        message: 'expected a whole number of at least 1, got 0 (number)',
      },
    ]);
  });
  test('a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'yaml-'));
    try {
      writeFileSync(join(folder, 'x.yaml'), 'name: a\nsize: 1\n');
      assert.equal(checkFile(schema, join(folder, 'x.yaml')).value?.size, 1);
      assert.match(checkFile(schema, join(folder, 'y.yaml')).faults[0].message, /^cannot be read: ENOENT/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('formatYaml quotes what YAML 1.1 readers would not take for text', () => {
  const value = { a: 'yes', b: '0123', c: '1_000', d: 'plain', e: null, f: [1, true] };
  const printed = formatYaml(value);
  assert.deepEqual(parseYaml(printed, 'x').value, value);
  assert.match(printed, /a: "yes"/);
  assert.match(printed, /d: plain/);
});
