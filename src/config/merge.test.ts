import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTree } from '../yaml-document.ts';
import { mergeTrees, splitKeys } from './merge.ts';
import type { TreeNode } from './tree.ts';
import { toPlain } from './tree.ts';

const tree = (source: string): TreeNode => parseTree(source, { file: 'x' }).root;
const merged = (...sources: string[]): unknown =>
  toPlain(sources.map(tree).reduce((earlier, later) => mergeTrees(earlier, later)));

describe('merge', () => {
  const cases: { name: string; in: string[]; out: unknown }[] = [
    { name: 'maps deeply', in: ['{a: {b: 1, c: 2}}', '{a: {c: 3, d: 4}}'], out: { a: { b: 1, c: 3, d: 4 } } },
    { name: 'lists are replaced', in: ['{a: [1, 2]}', '{a: [3]}'], out: { a: [3] } },
    { name: 'a map by a scalar', in: ['{a: {b: 1}}', '{a: 1}'], out: { a: 1 } },
    { name: 'a scalar by a map', in: ['{a: 1}', '{a: {b: 1}}'], out: { a: { b: 1 } } },
    { name: 'null replaces', in: ['{a: {b: 1}}', '{a: }'], out: { a: null } },
    { name: 'and is replaced', in: ['{a: {b: 1}}', '{a: }', '{a: {c: 1}}'], out: { a: { c: 1 } } },
  ];
  for (const { name, in: sources, out } of cases) test(name, () => assert.deepEqual(merged(...sources), out));
});

describe('a::b is a map in a map', () => {
  const cases: { in: string; out: unknown }[] = [
    { in: '{"a::b::c": 1}', out: { a: { b: { c: 1 } } } },
    { in: '{"a::b": 1, a: {c: 2}}', out: { a: { b: 1, c: 2 } } },
    { in: '{a: {"b::c": [{"d::e": 1}]}}', out: { a: { b: { c: [{ d: { e: 1 } }] } } } },
    { in: '{a: {b: 1}}', out: { a: { b: 1 } } },
  ];
  for (const { in: source, out } of cases) {
    test(source, () => assert.deepEqual(toPlain(splitKeys(tree(source))), out));
  }
});

describe('properties of merge', () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 3 }),
    fc.constant(null),
  );
  // A key names either maps or leaves in all trees: where a map meets a scalar, the order of merges decides.
  const leaves = fc.dictionary(fc.constantFrom('x', 'y', 'z'), leaf);
  const level = (below: fc.Arbitrary<object>): fc.Arbitrary<object> =>
    fc.tuple(leaves, fc.dictionary(fc.constantFrom('m', 'n'), below)).map((parts) => Object.assign({}, ...parts));
  const node = level(level(leaves));
  const nodes = node.map((value) => tree(JSON.stringify(value)));
  const value = toPlain;

  test('associative', () => {
    fc.assert(
      fc.property(nodes, nodes, nodes, (a, b, c) => {
        assert.deepEqual(value(mergeTrees(mergeTrees(a, b), c)), value(mergeTrees(a, mergeTrees(b, c))));
      }),
    );
  });
  test('idempotent, with the empty map as neutral element', () => {
    const empty = tree('{}');
    fc.assert(
      fc.property(nodes, (a) => {
        assert.deepEqual(value(mergeTrees(a, a)), value(a));
        assert.deepEqual(value(mergeTrees(a, empty)), value(a));
        assert.deepEqual(value(mergeTrees(empty, a)), value(a));
      }),
    );
  });
  test('the later wins: what it says is in the result', () => {
    const contains = (whole: unknown, part: unknown): boolean => {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) {
        return JSON.stringify(whole) === JSON.stringify(part);
      }
      const found = whole as Record<string, unknown>;
      return Object.entries(part).every(([key, entry]) => Object.hasOwn(found, key) && contains(found[key], entry));
    };
    fc.assert(fc.property(nodes, nodes, (a, b) => assert.ok(contains(value(mergeTrees(a, b)), value(b)))));
  });
  test('its parts are not changed', () => {
    fc.assert(
      fc.property(nodes, nodes, (a, b) => {
        const before = JSON.stringify([value(a), value(b)]);
        mergeTrees(a, b);
        assert.equal(JSON.stringify([value(a), value(b)]), before);
      }),
    );
  });
});
