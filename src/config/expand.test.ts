import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Expanded } from '../schema.ts';
import { parseTree } from '../yaml-document.ts';
import { expandTree } from './expand.ts';
import { formatFault } from './fault.ts';
import { parseTemplate } from './references.ts';
import { locate, toPlain, toValue } from './tree.ts';

const env: Record<string, string> = {
  HOST: 'h',
  PORT: '4318',
  OCTAL: '0123',
  EMPTY: '',
  LIST: '[a, 2]',
  WHICH: 'HOST',
  INDIRECT: '${env:HOST}:${PORT}',
  ESCAPED: 'a$$b',
  DOLLAR: 'pa$word',
  INVALID: 'a: b: c',
  QUOTED: '"x"',
  LOOP: '${env:LOOP}',
  A: '${env:B}${env:B}',
  B: '${env:C}${env:C}',
  C: '${env:D}${env:D}',
  D: '${env:E}${env:E}',
  E: '${env:F}${env:F}',
  F: '${env:G}${env:G}',
  G: '${env:HOST}${env:HOST}',
};

let cwd = '';
before(() => {
  cwd = mkdtempSync(join(tmpdir(), 'expand-'));
  writeFileSync(join(cwd, 'secret'), '  s3cret\n');
  writeFileSync(join(cwd, 'number'), '42\n');
  writeFileSync(join(cwd, 'block.yaml'), 'a: 1\nb: ${env:HOST}\nc::d: 2\n');
  writeFileSync(join(cwd, 'broken.yaml'), 'a:\n  - [\n');
  writeFileSync(join(cwd, 'itself.yaml'), 'a: ${file:itself.yaml}\nb: ${file:itself.yaml}\n');
  writeFileSync(join(cwd, 'latin1'), Buffer.from([0xe9, 0x0a]));
});
after(() => rmSync(cwd, { recursive: true }));

function expand(value: unknown): { value: unknown; text?: string; faults: string[]; warnings: string[] } {
  const { root } = parseTree(JSON.stringify({ x: value }), { file: 'x.yaml' });
  const expanded = expandTree(root, { env, cwd });
  const { x } = toValue(expanded.root) as { x: unknown };
  const plain = (toPlain(expanded.root) as { x: unknown }).x;
  const text = x instanceof Expanded ? x.text : undefined;
  return { value: plain, text, faults: expanded.faults.map(formatFault), warnings: expanded.warnings.map(formatFault) };
}

describe('values', () => {
  const cases: { in: string; out: unknown; text?: string }[] = [
    { in: '${env:HOST}', out: 'h', text: 'h' },
    { in: '${HOST}', out: 'h', text: 'h' },
    { in: '${env:PORT}', out: 4318, text: '4318' },
    { in: '${env:OCTAL}', out: 83, text: '0123' },
    { in: '${env:LIST}', out: ['a', 2] },
    { in: '${env:EMPTY}', out: null, text: '' },
    { in: '${env:NONE:-8}', out: 8, text: '8' },
    { in: '${NONE:-a b}', out: 'a b', text: 'a b' },
    { in: '${env:NONE:-}', out: null, text: '' },
    { in: '${env:HOST:-x}', out: 'h', text: 'h' },
    { in: '${env:NONE:-${env:PORT}}', out: 4318, text: '4318' },
    { in: '${env:${env:WHICH}}', out: 'h', text: 'h' },
    { in: 'http://${env:HOST}:${env:PORT}/x', out: 'http://h:4318/x' },
    { in: 'x${env:OCTAL}', out: 'x0123' },
    { in: '${env:INDIRECT}', out: 'h:4318' },
    { in: '-${env:INDIRECT}-', out: '-h:4318-' },
    { in: '${env:INVALID}', out: 'a: b: c', text: 'a: b: c' },
    { in: '${env:QUOTED}', out: '"x"', text: '"x"' },
    { in: '${env:DOLLAR}', out: 'pa$word' },
    { in: '${env:ESCAPED}', out: 'a$b' },
    { in: '${yaml:[1, [a::b]]}', out: [1, ['a::b']] },
    { in: '${yaml:1.10}', out: 1.1, text: '1.10' },
    { in: '${file:number}', out: 42, text: '42' },
    { in: '${file:secret}', out: '  s3cret', text: '  s3cret' },
    { in: '${file:block.yaml}', out: { a: 1, b: 'h', c: { d: 2 } } },
    { in: '$$', out: '$' },
    { in: '$${env:HOST}', out: '${env:HOST}' },
    { in: '$$${env:HOST}', out: '$h' },
    { in: '$$$${env:HOST}', out: '$${env:HOST}' },
    { in: '$HOST and $1', out: '$HOST and $1' },
    { in: '${env:HOST', out: '${env:HOST' },
    { in: '${ ${env:HOST}', out: '${ h' },
    { in: '}{', out: '}{' },
    { in: '${env:NONE:-a$$b}', out: 'a$b', text: 'a$b' },
  ];
  for (const { in: source, out, text } of cases) {
    test(source, () => {
      const result = expand(source);
      assert.deepEqual([result.value, result.faults, result.warnings], [out, [], []]);
      if (text !== undefined) assert.equal(result.text, text);
    });
  }

  test('keys are not expanded', () => {
    const { root } = parseTree('{"${env:HOST}": 1}', { file: 'x' });
    assert.deepEqual(toPlain(expandTree(root, { env, cwd }).root), { '${env:HOST}': 1 });
  });
  test('values of an included file stand in that file', () => {
    const { root } = parseTree('x: ${file:block.yaml}', { file: 'x.yaml' });
    const place = locate(expandTree(root, { env, cwd }).root, ['x', 'b']);
    assert.deepEqual([place.file, place.line, place.column], ['block.yaml', 2, 4]);
  });
});

describe('errors', () => {
  const cases: { in: string; fault: RegExp }[] = [
    { in: '${foo:bar}', fault: /unknown scheme "foo:" in \$\{foo:bar\}; known: env:, file: and yaml:$/ },
    { in: '${https://x/y}', fault: /https: is not supported: a config fetched over the network/ },
    { in: '${1}', fault: /"1" is no name of an environment variable; write \$\$\{…\}/ },
    { in: '${}', fault: /"" is no name/ },
    { in: '${env:a b}', fault: /"a b" is no name/ },
    { in: '${file:missing}', fault: /\$\{file:missing\} cannot be read: no such file$/ },
    { in: '${file:.}', fault: /cannot be read: it is a folder$/ },
    { in: '${file:latin1}', fault: /cannot be read: not UTF-8$/ },
    { in: '${env:LOOP}', fault: /\$\{env:LOOP\} leads to itself$/ },
    { in: 'x${env:LOOP}', fault: /\$\{env:LOOP\} leads to itself$/ },
    { in: '${env:A}', fault: /more than 100 expansions of one value/ },
    { in: '${file:/dev/zero}', fault: /cannot be read: larger than 4 MiB$/ },
  ];
  for (const { in: source, fault } of cases) {
    test(source, () => {
      const { faults } = expand(source);
      assert.equal(faults.length, 1);
      assert.match(faults[0], /^x\.yaml:1:6: x: /);
      assert.match(faults[0], fault);
    });
  }

  test('a file that includes itself twice ends', () => {
    assert.deepEqual(expand('${file:itself.yaml}').faults, [
      'itself.yaml:1:4: x::a: ${file:itself.yaml} leads to itself',
      'itself.yaml:2:4: x::b: ${file:itself.yaml} leads to itself',
    ]);
  });
  test('a config has 10,000 expansions, not more, and says so once', () => {
    const lists = Array.from({ length: 102 }, () => '${HOST}'.repeat(99));
    const { faults } = expand(lists);
    assert.equal(faults.length, 1);
    assert.match(faults[0], /x::101: more than 10000 expansions of one config$/);
  });
  test('an unset variable is empty, with a warning and a note for what then fails', () => {
    assert.deepEqual(expand('${env:NONE}:${NONE}').warnings, [
      'x.yaml:1:6: x: environment variable NONE is not set: empty',
    ]);
    const { root } = parseTree('x: ${env:NONE}', { file: 'x' });
    assert.equal(locate(expandTree(root, { env, cwd }).root, ['x']).note, 'environment variable NONE is not set');
  });
  test('a file that is broken YAML is text, with a note', () => {
    const { root } = parseTree('x: ${file:broken.yaml}', { file: 'x' });
    assert.match(locate(expandTree(root, { env, cwd }).root, ['x']).note ?? '', /^as YAML: broken\.yaml:2:6: bad YAML/);
  });
});

describe('properties of expansion', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom('$', '$$', '${', '}', '${env:', 'HOST', ':-', 'file:', 'yaml:', '[', '${PORT}'),
    ),
    { maxLength: 12 },
  );
  const wild = pieces.map((parts) => parts.join(''));

  test('text with each $ doubled comes out as it was', () => {
    fc.assert(fc.property(wild, (text) => assert.equal(expand(text.replaceAll('$', '$$$$')).value, text)));
  });
  test('text without ${ and $$ stays', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '$', '}', '{', ' ') }), (text) => {
        fc.pre(!text.includes('${') && !text.includes('$$'));
        assert.equal(expand(text).value, text);
      }),
    );
  });
  test('a default, nested to any depth, is found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer(), (depth, value) => {
        const nested = Array.from({ length: depth }).reduce<string>((inner) => `\${env:NONE:-${inner}}`, String(value));
        assert.deepEqual(expand(nested), { value, text: String(value), faults: [], warnings: [] });
      }),
    );
  });
  test('a value has 100 expansions, not more', () => {
    assert.equal(expand('${HOST}'.repeat(100)).value, 'h'.repeat(100));
    assert.match(expand('${HOST}'.repeat(101)).faults[0], /more than 100 expansions/);
  });
  test('never throws: a fault, or a value without references that are ours', () => {
    fc.assert(
      fc.property(wild, (text) => {
        const { value, faults } = expand(text);
        assert.ok(faults.length === 1 ? value === null : faults.length === 0);
      }),
      { numRuns: 500 },
    );
  });
  test('parsing is linear in unclosed references', () => {
    assert.deepEqual(parseTemplate('${'.repeat(2000)), ['${'.repeat(2000)]);
  });
});
