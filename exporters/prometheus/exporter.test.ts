import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { ValueType } from '@opentelemetry/api';
import type { Exporter, Logger } from '../../src/component.ts';
import type { MetricFamily, MetricSource } from '../../src/metric-batch.ts';
import { AttributeSeries } from '../../src/series-table.ts';
import { OwnTelemetry } from '../../src/telemetry.ts';
import { parsePage } from '../../test/support/page.ts';
import { prometheus } from './index.ts';

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

function family(rows: number): MetricFamily {
  const series = new AttributeSeries();
  for (let id = 0; id < rows; id++) series.attributes.push({ id: String(id), text: 'x'.repeat(80) });
  return {
    descriptor: { name: 'rows', description: 'Rows', unit: '', valueType: ValueType.INT },
    kind: 'counter',
    startTimeUnixNano: 0n,
    scope: { name: 'test' },
    source: 'test',
    series,
    bounds: new Float64Array(0),
    rows,
    ids: Uint32Array.from({ length: rows }, (_, id) => id),
    values: Float64Array.from({ length: rows }, (_, id) => id),
  };
}

/** An exporter that runs, with what it logs and says of itself. */
class Running {
  readonly log: [string, Record<string, unknown> | undefined][] = [];
  readonly telemetry = new OwnTelemetry('normal', '0.1.0', {});
  readonly exporter: Exporter;
  collect: () => MetricFamily[];
  port = 0;

  constructor(config: Record<string, unknown>, families: readonly MetricFamily[]) {
    const faults: string[] = [];
    const parsed = prometheus.config.parse({ endpoint: 'localhost:0', ...config }, [], (_, message) =>
      faults.push(message),
    );
    assert.ok(parsed, faults.join());
    const log = (message: string, attributes?: Record<string, unknown>): void =>
      void this.log.push([message, attributes]);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const settings = {
      id: 'prometheus',
      kind: 'exporter' as const,
      version: '0.1.0',
      logger,
      telemetry: this.telemetry,
    };
    this.exporter = prometheus.create({ ...settings, generation: 1, fatal: assert.fail }, parsed);
    this.collect = () => [...families];
    const collect: MetricSource['collect'] = () => ({ resource: {}, timeUnixNano: 0n, families: this.collect() });
    this.exporter.connect?.([
      { id: 'metrics', intervalMs: 0, initialDelayMs: 0, collect },
      this.telemetry.source(0, 0),
    ]);
  }

  async start(): Promise<this> {
    await this.exporter.start?.();
    this.port = Number(new URL(String(this.log[0][1]?.['url'])).port);
    return this;
  }

  /** A number of the exporter's own, summed over the series that have all of `labels`. */
  own(name: string, labels: Record<string, string> = {}): number {
    const found = this.telemetry
      .source(0, 0)
      .collect()
      .families.find(({ descriptor }) => descriptor.name === name);
    let sum = 0;
    for (const id of found?.ids.subarray(0, found.rows) ?? []) {
      const attributes = found?.series.attributes[id];
      if (Object.entries(labels).every(([key, value]) => attributes?.[key] === value)) sum += found?.values[id] ?? 0;
    }
    return sum;
  }

  async ask(path = '/metrics', headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    const request = get({ port: this.port, host: '127.0.0.1', path, headers, method });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = Buffer.concat(await response.toArray());
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  async socket(text: string): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.write(text);
    return socket;
  }
}

const running: Running[] = [];
async function run(config: Record<string, unknown> = {}, families = [family(3)]): Promise<Running> {
  const started = await new Running(config, families).start();
  running.push(started);
  return started;
}
afterEach(async () => {
  for (const { exporter } of running.splice(0)) await exporter.shutdown?.();
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await sleep(10);
  assert.ok(condition(), 'not within five seconds');
}

describe('answers', () => {
  it('the page, as text, with its length', async () => {
    const { status, headers, body } = await (await run()).ask();
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(headers['content-length'], String(body.length));
    assert.equal(headers['content-encoding'], undefined);
    const { series } = parsePage(body.toString());
    assert.equal(series.get(`rows_total{id="2",otel_scope_name="test",text="${'x'.repeat(80)}"}`), 2);
  });
  it('OpenMetrics where it is switched on, compressed where the client takes it', async () => {
    const headers = { Accept: 'application/openmetrics-text;version=1.0.0', 'Accept-Encoding': 'gzip' };
    assert.match(String((await (await run()).ask('/metrics', headers)).headers['content-type']), /^text\/plain/);
    const answer = await (await run({ enable_open_metrics: true })).ask('/metrics', headers);
    assert.equal(answer.headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    assert.equal(answer.headers['content-encoding'], 'gzip');
    assert.match(String(answer.headers.vary), /Accept-Encoding/);
    assert.match(gunzipSync(answer.body).toString(), /# TYPE rows counter[^]*# EOF\n$/);
  });
  it('only to its users, where it has some', async () => {
    const users = { alice: '$2y$04$maPTRRY28Lbdtjhll6g9EeUVqSXKd05TYxwM9wsXmw1kWGdX7kZli' };
    const agent = await run({ basic_auth_users: users, response_headers: { 'X-A': 'b' } });
    const as = (credentials: string): Record<string, string> => ({
      Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    });
    for (const path of ['/metrics', '/', '/none']) {
      const { status, headers, body } = await agent.ask(path);
      assert.deepEqual([status, body.toString(), headers['x-a']], [401, 'Unauthorized\n', 'b']);
      assert.match(String(headers['www-authenticate']), /^Basic realm=/);
    }
    assert.equal((await agent.ask('/metrics', as('alice:wrong'))).status, 401);
    const { status, body } = await agent.ask('/metrics', as('alice:secret'));
    assert.equal(status, 200);
    assert.match(body.toString(), /^rows_total\{/m);
    assert.equal((await agent.ask('/none', as('alice:secret'))).status, 404);
    assert.equal(agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'unauthorized' }), 4);
  });
  it('HEAD, the landing page, other paths and methods', async () => {
    const agent = await run({ telemetry_path: '/m', response_headers: { 'X-A': 'b' } });
    const page = await agent.ask('/m?name=x');
    const head = await agent.ask('/m', {}, 'HEAD');
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    assert.ok(Math.abs(Number(head.headers['content-length']) - page.body.length) < 500);
    assert.match((await agent.ask('/')).body.toString(), /<a href="\/m">/);
    assert.equal((await agent.ask('/metrics')).status, 404);
    const post = await agent.ask('/m', { 'Content-Length': '0' }, 'POST');
    assert.deepEqual([post.status, post.headers.allow, post.headers['x-a']], [405, 'GET, HEAD', 'b']);
    assert.equal(agent.own('otelcol_exporter_prometheus_requests', { code: '404' }), 1);
  });
  it('500 with one line when a source fails, and goes on', async () => {
    const agent = await run();
    const { collect } = agent;
    agent.collect = () => {
      throw new Error('broken map');
    };
    const answer = await agent.ask();
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.body.toString(), /broken map/);
    assert.match(String(agent.log.at(-1)?.[1]?.['error']), /broken map/);
    agent.collect = collect;
    assert.equal((await agent.ask()).status, 200);
    assert.equal(agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'collect_failed' }), 1);
    assert.equal(agent.own('otelcol_exporter_prometheus_requests', { code: '500' }), 1);
  });
  it('both addresses of localhost', async () => {
    const agent = await run();
    assert.equal((await fetch(`http://127.0.0.1:${agent.port}/metrics`)).status, 200);
    const six = await fetch(`http://[::1]:${agent.port}/metrics`).catch(() => undefined);
    if (six !== undefined) assert.equal(six.status, 200);
  });
  it('counts the points that were sent', async () => {
    const agent = await run();
    await agent.ask();
    await until(() => agent.own('otelcol_exporter_sent_metric_points') > 3);
  });
});

describe('limits', () => {
  it('more scrapes at once than allowed are refused; no scrape is lost uncounted', async () => {
    const agent = await run({ max_requests_in_flight: 4 }, [family(2000)]);
    const answers = await Promise.all(Array.from({ length: 200 }, () => agent.ask()));
    const served = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ status }) => status === 503);
    assert.ok(served >= 4, `${served} served`);
    assert.equal(served + refused.length, 200);
    assert.equal(
      agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'in_flight_limit' }),
      refused.length,
    );
    assert.equal((await agent.ask()).status, 200);
  });

  it('a client that never reads is cut off and counted; it keeps its page, others have theirs', async () => {
    const agent = await run({ write_timeout: '2s', max_requests_in_flight: 2 }, [family(100_000)]);
    const expected = (await agent.ask()).body.length;
    const socket = await agent.socket('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await sleep(100);
    const page = (await agent.ask()).body;
    parsePage(page.toString());
    assert.ok(Math.abs(page.length - expected) < 1000);
    await until(() => agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'write_timeout' }) === 1);
    assert.ok(agent.own('otelcol_exporter_send_failed_metric_points') >= 100_000);
    socket.destroy();
  });

  it('a client that goes away is counted', async () => {
    const agent = await run({}, [family(100_000)]);
    const socket = await agent.socket('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    await until(() => agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'client_closed' }) === 1);
  });

  it('a request that comes too slowly is ended', async () => {
    const agent = await run({ read_header_timeout: '300ms' });
    const socket = await agent.socket('GET /metrics HTTP/1.1\r\nHost:');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 408 /);
    await once(socket, 'close');
    assert.equal(agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'request_timeout' }), 1);
  });

  const malformed: [string, string, string][] = [
    ['a head that is too large', `GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
    ['what is no HTTP', 'nonsense\r\n\r\n', '400'],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400'],
  ];
  for (const [title, text, status] of malformed) {
    it(`${title} is ${status}`, async () => {
      const agent = await run();
      const [answer] = (await once(await agent.socket(text), 'data')) as [Buffer];
      assert.equal(answer.toString().split(' ')[1], status);
      assert.equal(agent.own('otelcol_exporter_prometheus_failed_requests', { reason: 'malformed_request' }), 1);
    });
  }

  it('a body is not read, and ends the connection', async () => {
    const agent = await run({ max_request_body_size: 10 });
    const socket = await agent.socket('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 413 [^]*Connection: close/);
    await once(socket, 'close');
  });

  it('keep-alive as configured', async () => {
    assert.equal((await (await run()).ask()).headers.connection, 'keep-alive');
    assert.equal((await (await run({ keep_alives_enabled: false })).ask()).headers.connection, 'close');
  });
});

describe('lifecycle', () => {
  it('a port in use is told with its address', async () => {
    const agent = await run();
    const endpoint = `localhost:${agent.port}`;
    await assert.rejects(new Running({ endpoint }, []).start(), {
      message: `listen ${endpoint}: address already in use (another agent, or ebpf_exporter?)`,
    });
  });
  it('shuts down with idle connections and unread pages within two seconds, twice, and without start', async () => {
    const agent = await run({}, [family(100_000)]);
    const keepAlive = new Agent({ keepAlive: true });
    get({ port: agent.port, host: '127.0.0.1', path: '/', agent: keepAlive }, (response) => response.resume());
    const unread = await agent.socket('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    unread.pause();
    await sleep(100);
    const closed = Promise.resolve(agent.exporter.shutdown?.());
    assert.equal(await Promise.race([closed.then(() => 'closed'), sleep(2000, 'late')]), 'closed');
    await agent.exporter.shutdown?.();
    await assert.rejects(agent.ask(), { code: 'ECONNREFUSED' });
    await new Running({}, []).exporter.shutdown?.();
    unread.destroy();
    keepAlive.destroy();
  });
  it('warns of listening on every interface', async () => {
    const agent = await run({ endpoint: ':0' });
    assert.match(agent.log[1][0], /every interface/);
    assert.equal((await agent.ask()).status, 200);
  });
});
