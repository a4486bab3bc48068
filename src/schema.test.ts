import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Schema } from './schema.ts';
import {
  anything,
  bcryptHash,
  boolean,
  duration,
  Expanded,
  headers,
  hostPort,
  httpUrl,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  optional,
  redact,
  secret,
  string,
  text,
} from './schema.ts';

function parse(schema: Schema<unknown>, value: unknown): { value: unknown; faults: string[] } {
  const faults: string[] = [];
  const parsed = schema.parse(value, [], (path, message) => faults.push([...path, message].join(': ')));
  return { value: parsed, faults };
}
const reference = (value: unknown, written: string): Expanded => new Expanded(value, written);
const literal = (value: unknown, written: string): Expanded => new Expanded(value, written, 'literal');

describe('values that are taken', () => {
  const block = object({ a: integer({ default: 1 }), b: optional(string()) });
  const cases: { name: string; schema: Schema<unknown>; in: unknown; out: unknown }[] = [
    { name: 'text', schema: string(), in: 'x', out: 'x' },
    { name: 'a reference keeps its text', schema: string(), in: reference(83, '0123'), out: '0123' },
    { name: 'a number as text', schema: text(), in: 5, out: '5' },
    { name: 'a number as it was written', schema: text(), in: literal(1.1, '1.10'), out: '1.10' },
    { name: 'a secret that is a number in the environment', schema: secret(), in: reference(7, '007'), out: '007' },
    { name: 'an integer from a reference', schema: integer(), in: reference(5, '5'), out: 5 },
    { name: 'an integer in hex', schema: integer(), in: literal(31, '0x1f'), out: 31 },
    { name: 'a boolean from a reference', schema: boolean(), in: reference(true, 'true'), out: true },
    { name: 'a duration', schema: duration(), in: '1m30s', out: 90_000 },
    { name: 'a duration of 0 without a unit', schema: duration(), in: 0, out: 0 },
    { name: 'one of', schema: oneOf(['a', 'b']), in: 'b', out: 'b' },
    { name: 'all interfaces', schema: hostPort(), in: ':9435', out: ':9435' },
    { name: 'IPv6', schema: hostPort(), in: '[::1]:9435', out: '[::1]:9435' },
    { name: 'a URL', schema: httpUrl(), in: 'https://h:1/p', out: 'https://h:1/p' },
    { name: 'a list', schema: list(integer()), in: [1, reference(2, '2')], out: [1, 2] },
    { name: 'a map', schema: map(integer()), in: { a: 1 }, out: { a: 1 } },
    { name: 'an empty block', schema: block, in: null, out: { a: 1, b: undefined } },
    { name: 'null is the default', schema: block, in: { a: null }, out: { a: 1, b: undefined } },
    {
      name: 'a block of blocks with defaults',
      schema: object({ block }),
      in: {},
      out: { block: { a: 1, b: undefined } },
    },
    { name: 'an optional block that is absent', schema: object({ x: optional(block) }), in: {}, out: { x: undefined } },
    { name: 'headers as a map', schema: headers(), in: { a: 'b' }, out: { a: 'b' } },
    { name: 'headers as a list', schema: headers(), in: [{ name: 'a', value: 'b' }], out: { a: 'b' } },
    { name: 'anything', schema: anything(), in: { a: [reference(5, '5')] }, out: { a: [5] } },
  ];
  for (const { name, schema, in: given, out } of cases) {
    test(name, () => assert.deepEqual(parse(schema, given), { value: out, faults: [] }));
  }
});

const even = (value: number): string | undefined => (value % 2 === 0 ? undefined : 'expected an even number');

describe('values that are refused', () => {
  const block = object({ size: integer(), name: string({ default: '' }) });
  const cases: { name: string; schema: Schema<unknown>; in: unknown; faults: string[] }[] = [
    { name: 'a number for text', schema: string(), in: 5, faults: ['expected text, got 5 (number)'] },
    {
      name: 'a hex number for text',
      schema: string(),
      in: literal(31, '0x1f'),
      faults: ['expected text, got 0x1f (number)'],
    },
    { name: 'text for a number', schema: number(), in: 'x', faults: ['expected a number, got "x" (string)'] },
    {
      name: 'out of range',
      schema: integer({ min: 1, max: 9 }),
      in: 10,
      faults: ['expected a whole number from 1 to 9, got 10 (number)'],
    },
    {
      name: 'more than a double holds',
      schema: integer(),
      in: literal(2 ** 64, '18446744073709551615'),
      faults: ['expected a whole number, got 18446744073709551615 (number)'],
    },
    {
      name: 'a duration without a unit',
      schema: duration(),
      in: 5,
      faults: ['expected a duration such as 30s or 1m30s, got 5 (number)'],
    },
    {
      name: 'a duration of 0',
      schema: duration({ positive: true }),
      in: '0s',
      faults: ['expected a duration above 0 such as 30s or 1m30s, got "0s" (string)'],
    },
    {
      name: 'a near miss',
      schema: oneOf(['basic', 'normal']),
      in: 'norml',
      faults: ['expected one of basic, normal, got "norml" (string); did you mean "normal"?'],
    },
    {
      name: 'a port that is none',
      schema: hostPort(),
      in: 'h:65536',
      faults: ['expected an address host:port such as localhost:9435, got "h:65536" (string)'],
    },
    {
      name: 'no scheme',
      schema: httpUrl(),
      in: 'localhost:4318',
      faults: ['expected a URL such as http://localhost:4318, got "localhost:4318" (string)'],
    },
    {
      name: 'one text for a list',
      schema: list(string()),
      in: 'a',
      faults: ['expected a list of text, got "a" (string)'],
    },
    { name: 'an entry', schema: list(string()), in: ['a', 1], faults: ['1: expected text, got 1 (number)'] },
    { name: 'a list for a map', schema: map(string()), in: [], faults: ['expected a map, got a list'] },
    { name: 'an own check', schema: integer({ check: even }), in: 3, faults: ['expected an even number'] },
    {
      name: 'two at once',
      schema: block,
      in: { nam: 'x' },
      faults: ['nam: unknown key "nam"; did you mean "name"?', 'size: "size" is required: a whole number'],
    },
    {
      name: 'a key that every object inherits',
      schema: object({ a: string({ default: '' }) }),
      in: { constructor: 'x' },
      faults: ['constructor: unknown key "constructor"; known keys: a'],
    },
    {
      name: 'no keys at all',
      schema: object({}),
      in: { x: 1 },
      faults: ['x: unknown key "x"; there is nothing to set here'],
    },
    {
      name: 'a secret is not shown',
      schema: secret(),
      in: 12_345,
      faults: ['expected text (quoted), got a value of another type'],
    },
    ...['hunter2', '', '$2y$10$x', `$2y$03$${'a'.repeat(53)}`, `$1$10$${'a'.repeat(53)}`].map((hash) => ({
      name: `no bcrypt hash, and not shown: ${hash}`,
      schema: bcryptHash(),
      in: hash,
      faults: ['expected a bcrypt hash such as htpasswd -nB prints: $2y$10$ and 53 characters'],
    })),
    {
      name: 'a header is not shown',
      schema: headers(),
      in: { authorization: { token: 'hunter2' } },
      faults: ['authorization: expected text (quoted), got a value of another type'],
    },
    {
      name: 'long text is cut',
      schema: integer(),
      in: 'x'.repeat(100),
      faults: [`expected a whole number, got "${'x'.repeat(56)}… (string)`],
    },
  ];
  for (const { name, schema, in: given, faults } of cases) {
    test(name, () => assert.deepEqual(parse(schema, given), { value: undefined, faults }));
  }
});

test('an unknown key is told as a fault of the key', () => {
  const parts: (string | undefined)[] = [];
  object({ a: integer() }).parse({ a: 'x', b: 1 }, [], (_path, _message, part) => parts.push(part));
  assert.deepEqual(parts, ['key', undefined]);
});

describe('redact', () => {
  const schema = object({
    url: string(),
    password: optional(secret()),
    headers: headers(),
    list: optional(list(object({ token: secret() }))),
    free: anything({ default: null }),
  });
  const hidden = '[REDACTED]';
  const cases: { name: string; in: unknown; out: unknown }[] = [
    { name: 'a secret', in: { password: 'p' }, out: { password: hidden } },
    { name: 'an expanded secret', in: { password: new Expanded(1, '1') }, out: { password: hidden } },
    { name: 'a secret of the wrong shape', in: { password: { a: ['p'] } }, out: { password: hidden } },
    { name: 'no secret', in: { password: null }, out: { password: null } },
    { name: 'headers', in: { headers: { a: 'p' } }, out: { headers: { a: hidden } } },
    { name: 'headers in a list', in: { headers: [{ name: 'a', value: 'p' }] }, out: { headers: [hidden] } },
    { name: 'in a list', in: { list: [{ token: 'p' }] }, out: { list: [{ token: hidden }] } },
    {
      name: 'a key that no schema knows',
      in: { pasword: 'p', x: { y: 1 } },
      out: { pasword: hidden, x: { y: hidden } },
    },
    { name: 'a password in a URL', in: { url: 'http://u:p@h/x' }, out: { url: 'http://u:[REDACTED]@h/x' } },
    { name: 'what is free stays', in: { free: { a: [1] } }, out: { free: { a: [1] } } },
    { name: 'inherited names are no fields', in: { toString: 'p' }, out: { toString: hidden } },
  ];
  for (const { name, in: given, out } of cases) test(name, () => assert.deepEqual(redact(schema, given), out));
});
