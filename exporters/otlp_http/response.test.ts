import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seeded } from '../../test/support/random-batch.ts';
import { lastField, readFields } from './protobuf-reader.ts';
import { classify, retryAfter } from './response.ts';

const PROTO = 'application/x-protobuf';
const JSON_TYPE = 'application/json; charset=utf-8';
/** google.rpc.Status{code: 3, message: "no such tenant"} */
const STATUS = Buffer.from([0x08, 3, 0x12, 14, ...Buffer.from('no such tenant')]);

const permanent = (status: number, text = ''): unknown => ({
  kind: 'permanent',
  errorType: String(status),
  message: `HTTP status ${status}${text}`,
});

describe('classify', () => {
  const success = { kind: 'success', rejected: 0, message: '' };
  const cases = [
    { name: '200, empty', status: 200, body: '', out: success },
    { name: '202 with an empty partial success', status: 202, type: PROTO, body: [0x0a, 0], out: success },
    {
      name: 'partial success',
      status: 200,
      type: PROTO,
      body: [0x0a, 5, 0x08, 0xac, 0x02, 0x12, 0],
      out: { ...success, rejected: 300 },
    },
    {
      name: 'a warning alone',
      status: 200,
      type: PROTO,
      body: [0x0a, 3, 0x12, 1, 0x77],
      out: { ...success, message: 'w' },
    },
    {
      name: 'partial success, JSON',
      status: 200,
      type: JSON_TYPE,
      body: '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"old"}}',
      out: { ...success, rejected: 7, message: 'old' },
    },
    {
      name: 'rejected spans, JSON',
      status: 200,
      type: JSON_TYPE,
      body: '{"partialSuccess":{"rejectedSpans":2}}',
      out: { ...success, rejected: 2 },
    },
    { name: 'JSON of another shape', status: 200, type: JSON_TYPE, body: '[null]', out: success },
    {
      name: 'rejected is no number',
      status: 200,
      type: JSON_TYPE,
      body: '{"partialSuccess":{"rejectedDataPoints":{}}}',
      out: success,
    },
    { name: 'a redirect', status: 302, body: '', out: permanent(302) },
    {
      name: 'an error in protobuf',
      status: 400,
      type: PROTO,
      body: [...STATUS],
      out: permanent(400, ': no such tenant'),
    },
    {
      name: 'an error in JSON',
      status: 400,
      type: JSON_TYPE,
      body: '{"code":3,"message":"bad"}',
      out: permanent(400, ': bad'),
    },
    {
      name: 'an error in text: one line, control characters out',
      status: 500,
      type: 'text/plain',
      body: 'a\r\n\u001b[31mb\u0000',
      out: permanent(500, ': a [31mb'),
    },
    {
      name: 'a long error',
      status: 500,
      type: 'text/html',
      body: 'x'.repeat(5000),
      out: permanent(500, `: ${'x'.repeat(256)}`),
    },
    { name: '501 is permanent', status: 501, body: '', out: permanent(501) },
  ];
  for (const { name, status, type, body, out } of cases) {
    it(name, () => {
      const headers = type === undefined ? {} : { 'content-type': type };
      assert.deepEqual(classify({ status, headers, body: Buffer.from(body as string) }), out);
    });
  }
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const cases = [
    { name: 'absent', in: undefined, out: 0 },
    { name: 'seconds', in: '12', out: 12_000 },
    { name: 'a date', in: 'Thu, 01 Jan 2026 00:00:30 GMT', out: 30_000 },
    { name: 'a date gone by', in: 'Wed, 31 Dec 2025 23:00:00 GMT', out: 0 },
    { name: 'at most an hour', in: '99999999999999', out: 3_600_000 },
    { name: 'senseless', in: 'soon', out: 0 },
  ];
  for (const { name, in: input, out } of cases) it(name, () => assert.equal(retryAfter(input, now), out));
});

describe('protobuf reader', () => {
  it('takes any bytes', () => {
    const random = seeded(11);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () => Math.floor(random() * 256));
      const fields = [...readFields(bytes)];
      assert.ok(fields.reduce((sum, field) => sum + field.bytes.length, 0) <= bytes.length);
      assert.ok(fields.every(({ value }) => value >= 0));
    }
  });

  it('stops at a field that is cut short and keeps what came before', () => {
    assert.deepEqual(
      [...readFields(Uint8Array.of(0x08, 5, 0x12, 9, 1))].map(({ number, value }) => [number, value]),
      [[1, 5]],
    );
  });

  it('skips fixed fields and takes the last of a number', () => {
    const bytes = Uint8Array.of(0x08, 1, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0x1d, 0, 0, 0, 0, 0x08, 2);
    assert.equal(lastField(bytes, 1)?.value, 2);
  });
});
