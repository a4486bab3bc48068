// test: alone
// Spans of the format, as they arrive at an OTLP backend.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import { OtlpBackend } from '../support/otlp-backend.ts';
import { formatPrograms } from './build.ts';

const run = promisify(execFile);

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[];
}

interface Resource {
  attributes: { key: string; value: { stringValue?: string } }[];
}

interface Received {
  resource: Resource;
  span: Span;
}

const config = (folder: string, url: string, port: number): string => `
receivers: { ebpf: { programs: [spans], config_dir: ${folder} } }
processors: { decode: }
exporters: { otlp_http: { endpoint: '${url}', encoding: json, compression: none }, prometheus: { endpoint: 127.0.0.1:${port} } }
service: { pipelines: { metrics: { receivers: [ebpf], exporters: [prometheus] }, traces: { receivers: [ebpf], processors: [decode], exporters: [otlp_http] } } }
`;

function spansOf(backend: OtlpBackend): Received[] {
  const pushes = backend.received.filter(({ path }) => path.endsWith('/traces'));
  const resources = pushes.flatMap(
    ({ body }) =>
      (JSON.parse(body.toString()) as { resourceSpans: { resource: Resource; scopeSpans: { spans: Span[] }[] }[] })
        .resourceSpans,
  );
  return resources.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ resource, span }))),
  );
}

function checkSpan({ resource, span }: Received, parent: boolean, between: [bigint, bigint]): void {
  const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
  assert.equal(span.traceId, `ab${'0'.repeat(28)}01`);
  assert.equal(span.spanId, parent ? '0100000000000002' : '0300000000000004');
  assert.equal(span.parentSpanId ?? '', parent ? '' : '0100000000000002');
  assert.equal(span.name, parent ? 'parent' : 'unnamed');
  assert.equal(end - start, parent ? 5_000_000n : 1n);
  assert.ok(start >= between[0] && start <= between[1], `starts at ${start}, expected ${between.join(' to ')}`);
  const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue;
  assert.equal(service, 'format');
  const code = span.attributes.find(({ key }) => key === 'process.code')?.value;
  assert.equal(String(code?.stringValue ?? code?.intValue), parent ? '7' : '0');
  assert.ok(
    [...span.attributes, ...resource.attributes].some(({ value }) => value.stringValue === 'spans'),
    'names its config',
  );
}

test('ring buffer records are spans, with their ids, times, names and parents', requires('root', 'btf'), async () => {
  const [folder, backend] = [await formatPrograms(), await OtlpBackend.start()];
  const agent = await startAgent((port) => config(folder, backend.url, port), { timeoutMs: 180_000 });
  try {
    const wall = (): bigint => BigInt(Date.now()) * 1_000_000n;
    const before = wall() - 5_000_000n;
    await run(join(folder, 'format-target'), ['3']);
    const after = wall() + 5_000_000n;
    const received = await until('six spans', async () =>
      spansOf(backend).length >= 6 ? spansOf(backend) : undefined,
    );
    assert.equal(received.length, 6);
    for (const one of received) checkSpan(one, one.span.spanId.startsWith('01'), [before, after]);
    assert.equal(received.filter(({ span }) => span.name === 'parent').length, 3);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nThe agent said:\n${agent.logs()}`, { cause: error });
  } finally {
    await agent.stop();
    await backend.stop();
  }
});
