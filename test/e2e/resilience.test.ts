// test: alone
// What goes wrong around an agent: it is killed in the middle of a scrape, its clients misbehave, its backend does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { requires } from '../support/abilities.ts';
import { startAgent } from '../support/agent.ts';
import type { Agent } from '../support/agent.ts';
import { until } from '../support/child.ts';
import type { Answerer } from '../support/otlp-backend.ts';
import { OtlpBackend, reply } from '../support/otlp-backend.ts';
import type { Page } from '../support/page.ts';
import type { Churning } from './churning.ts';
import { buildChurning, rssMiB } from './churning.ts';
import { bpfObjects } from './map-id.ts';

const run = promisify(execFile);
const ENTRIES = 50_000;

/** Sum of the series of a metric that have all of these labels. */
function sum(page: Page, name: string, labels: Record<string, string> = {}): number {
  const found = page.samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value),
  );
  return found.reduce((total, { value }) => total + value, 0);
}

async function inKernel(): Promise<Set<string>> {
  const kinds = await Promise.all(
    ['prog', 'map', 'link'].map(async (kind) => {
      const { stdout } = await run('bpftool', ['-j', kind, 'show'], { maxBuffer: 64 << 20 });
      return (JSON.parse(stdout) as { id: number }[]).map(({ id }) => `${kind} ${id}`);
    }),
  );
  return new Set(kinds.flat());
}

/** A GET whose answer is not read. */
function ask(port: number, head = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'): Socket {
  const socket = connect(port, '127.0.0.1', () => socket.write(head));
  socket.pause();
  socket.on('error', () => {});
  return socket;
}

describe('an agent in trouble', requires('root', 'btf'), () => {
  let churning: Churning;
  before(async () => {
    churning = await buildChurning(ENTRIES + 1000);
  });
  after(async () => churning.remove());

  const config = (port: number, prometheus = '', more = '', exporters = 'prometheus'): string => `
receivers: { ebpf: { programs: [churning], config_dir: '${churning.folder}', on_error: fail, collection_interval: 50ms, initial_delay: 0s } }
processors: { decode: }
exporters:
  prometheus: { endpoint: '127.0.0.1:${port}', add_metric_suffixes: false, ${prometheus} }
${more}
service: { pipelines: { metrics: { receivers: [ebpf], processors: [decode], exporters: [${exporters}] } } }
`;
  const timers = (text: string): string =>
    text
      .replace('receivers: {', 'receivers: { ebpf/timers: { programs: [timers] },')
      .replace('receivers: [ebpf]', 'receivers: [ebpf, ebpf/timers]');

  test('killed in the middle of a scrape: nothing of it stays in the kernel', async () => {
    for (const delayMs of [0, 5, 20, 60, 150]) {
      const agent = await startAgent((port) => timers(config(port)));
      await churning.churn(agent, 2, ENTRIES);
      const held = (await bpfObjects(agent.pid)).map(({ kind, id }) => `${kind} ${id}`);
      assert.ok(
        ['prog', 'map', 'link'].every((kind) => held.some((object) => object.startsWith(kind))),
        held.join(),
      );
      const client = ask(agent.port);
      await new Promise((asked) => client.once('connect', asked));
      await sleep(delayMs);
      const { signal } = await agent.stop('SIGKILL');
      assert.equal(signal, 'SIGKILL');
      client.destroy();
      await until(`programs, maps and links are gone (killed ${delayMs} ms into the scrape)`, async () => {
        const there = await inKernel();
        return held.some((object) => there.has(object)) ? undefined : true;
      });
    }
  });

  describe('clients that misbehave', () => {
    let agent: Agent;
    let usual: number;
    before(async () => {
      const wide = `const_labels: { wide: '${'x'.repeat(300)}' }, write_timeout: 1s, read_header_timeout: 1s`;
      agent = await startAgent((port) => config(port, wide));
      await churning.churn(agent, 2, ENTRIES);
      for (let scrapes = 0; scrapes < 3; scrapes++) await agent.scrape();
      usual = await rssMiB(agent.pid);
    });
    after(async () => agent.stop());

    const failures = async (reason: string): Promise<number> =>
      sum(await agent.page(), 'otelcol_exporter_prometheus_failed_requests', { reason });

    test('some never read: others are answered meanwhile, these are cut off and counted, memory is bounded', async () => {
      const page = (await agent.scrape()).length / 2 ** 20;
      const clients = Array.from({ length: 4 }, () => ask(agent.port));
      assert.ok((await agent.page()).samples.length > ENTRIES);
      await until('all are counted', async () =>
        (await failures('write_timeout')) === clients.length ? true : undefined,
      );
      const points = sum(await agent.page(), 'otelcol_exporter_send_failed_metric_points', { exporter: 'prometheus' });
      assert.ok(points > ENTRIES * clients.length, `${points} points were told as not sent`);
      const rss = await rssMiB(agent.pid);
      assert.ok(
        rss < usual + (clients.length + 2) * page + 64,
        `${usual} MiB before, ${rss} after; the page has ${page}`,
      );
      for (const client of clients) client.destroy();
    });

    test('more that never read than may be in flight: the rest is refused, and the agent recovers', async () => {
      const clients = Array.from({ length: 20 }, () => ask(agent.port));
      await until('the agent answers again', async () =>
        (await failures('in_flight_limit')) >= 12 ? true : undefined,
      );
      for (const client of clients) client.destroy();
      assert.ok((await agent.page()).samples.length > ENTRIES);
    });

    test('one goes away in the middle of an answer', async () => {
      const earlier = await failures('client_closed');
      const client = ask(agent.port);
      client.resume();
      await new Promise((arrived) => client.once('data', arrived));
      client.destroy();
      await until('it is counted', async () => ((await failures('client_closed')) > earlier ? true : undefined));
    });

    test('one never ends the head of its request', async () => {
      const earlier = await failures('request_timeout');
      const client = ask(agent.port, 'GET /metrics HTTP/1.1\r\nHost: localh');
      await until('it is cut off and counted', async () =>
        (await failures('request_timeout')) > earlier ? true : undefined,
      );
      client.destroy();
    });

    test('one sends what is not HTTP', async () => {
      const earlier = await failures('malformed_request');
      const client = ask(agent.port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n');
      await until('it is counted', async () => ((await failures('malformed_request')) > earlier ? true : undefined));
      client.destroy();
    });
  });

  describe('a backend that misbehaves', () => {
    let agent: Agent;
    let backend: OtlpBackend;
    before(async () => {
      backend = await OtlpBackend.start();
      const otlp = `  otlp_http:
    endpoint: ${backend.url}
    timeout: 300ms
    sending_queue: { queue_size: 3, num_consumers: 1 }
    retry_on_failure: { initial_interval: 20ms, max_interval: 50ms, max_elapsed_time: 200ms }`;
      agent = await startAgent((port) => config(port, '', otlp, 'prometheus, otlp_http'));
      await churning.churn(agent, 1, 5000);
    });
    after(async () => {
      await agent.stop();
      await backend.stop();
    });

    const lost = async (errorType: string): Promise<number> => {
      const page = await agent.page();
      const labels = { exporter: 'otlp_http', error_type: errorType };
      return sum(page, 'otelcol_exporter_send_failed_metric_points', labels);
    };
    const sent = async (): Promise<number> =>
      sum(await agent.page(), 'otelcol_exporter_sent_metric_points', { exporter: 'otlp_http' });

    const retry = { 'retry-after': '3600' };
    const garbage: Answerer = (response) => response.socket?.end('\x00\xff this is not HTTP\r\n\r\n');
    const cases: { what: string; answer: Answerer; errorType: string }[] = [
      { what: 'never answers', answer: () => {}, errorType: 'timeout' },
      { what: 'answers 429', answer: reply(429, retry), errorType: '429' },
      { what: 'answers 503', answer: reply(503), errorType: '503' },
      { what: 'answers 400', answer: reply(400, {}, '\u0000\u001b[31mno'), errorType: '400' },
      { what: 'answers what is not HTTP', answer: garbage, errorType: 'HPE_INVALID_CONSTANT' },
      { what: 'hangs up', answer: (response) => response.socket?.destroy(), errorType: 'ECONNRESET' },
    ];
    for (const { what, answer, errorType } of cases) {
      test(`${what}: what is given up is counted, the page serves on, and then all is well again`, async () => {
        const earlier = await sent();
        backend.fallback = answer;
        await until(`points are lost by ${errorType}`, async () => ((await lost(errorType)) > 5000 ? true : undefined));
        backend.fallback = reply(200);
        const then = await sent();
        await until('points are sent again', async () => ((await sent()) > Math.max(then, earlier) ? true : undefined));
      });
    }

    test('answers 200 with a body of garbage: the points count as sent', async () => {
      const earlier = await sent();
      backend.fallback = reply(200, { 'content-type': 'application/x-protobuf' }, Buffer.alloc(1 << 20, 0xff));
      await until('points are sent', async () => ((await sent()) > earlier + 20_000 ? true : undefined));
    });

    test('is down: the queue fills and what it does not take is counted; memory is bounded', async () => {
      const usual = await rssMiB(agent.pid);
      await backend.stop();
      await until('points are lost', async () => ((await lost('ECONNREFUSED')) > 20_000 ? true : undefined));
      const full = { exporter: 'otlp_http', error_type: 'queue_full' };
      const refused = sum(await agent.page(), 'otelcol_exporter_enqueue_failed_metric_points', full);
      assert.ok(refused > 0, 'the queue was never full');
      const rss = await rssMiB(agent.pid);
      assert.ok(rss < usual * 1.3 + 16, `${usual} MiB before, ${rss} after`);
    });
  });
});
