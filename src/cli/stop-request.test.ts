import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { startChild, untilChild } from '../../test/support/child.ts';
import type { Child } from '../../test/support/child.ts';

const module = JSON.stringify(new URL('stop-request.ts', import.meta.url).href);

/** A process that listens for stop requests, does `work`, and after the first request `shutdown`. */
async function spawn(work: string, shutdown: string): Promise<Child> {
  const script = `
    const { listenForStop } = await import(${module});
    const log = (message, { error, ...rest } = {}) => console.log(message, error?.message ?? '', JSON.stringify(rest));
    const stop = listenForStop(() => ({ debug: log, info: log, warn: log, error: log }));
    setInterval(() => {}, 1000);
    console.log('ready');
    ${work};
    const { status } = await stop.first;
    console.log('shutdown begins');
    ${shutdown};
    process.exit(status);`;
  return startChild(process.execPath, ['--input-type=module', '--eval', script]);
}

/** One that runs until it is asked. */
async function start(shutdown: string): Promise<Child> {
  const child = await spawn('', shutdown);
  await untilChild(child, 'the child is ready', async () => child.logs().includes('ready') || undefined);
  return child;
}

describe('a request to stop', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends in order with status 0`, async () => {
      const child = await start("console.log('bye')");
      const { status, logs } = await child.stop(signal);
      assert.equal(status, 0);
      assert.match(logs, new RegExp(`shutting down {2}{"signal":"${signal}"}\nshutdown begins\nbye\n$`));
    });
  }

  const failures: { name: string; work: string; said: RegExp }[] = [
    {
      name: 'an uncaught exception',
      work: "setTimeout(() => { throw new Error('x') })",
      said: /^uncaught exception x /m,
    },
    { name: 'an unhandled rejection', work: "Promise.reject(new Error('x'))", said: /^unhandled rejection x /m },
    { name: 'a component that cannot go on', work: "stop.fatal(new Error('x'))", said: /^a component failed x /m },
  ];
  for (const { name, work, said } of failures) {
    test(`${name} ends in order with status 1`, async () => {
      const { status, logs } = await (await spawn(work, "console.log('bye')")).exit;
      assert.equal(status, 1);
      assert.match(logs, said);
      assert.match(logs, /shutdown begins\nbye\n$/);
    });
  }

  const forever = 'await new Promise(() => {})';
  test('a second signal exits at once with status 1', async () => {
    const child = await start(forever);
    process.kill(child.pid, 'SIGTERM');
    await untilChild(child, 'shutdown begins', async () => child.logs().includes('begins') || undefined);
    const { status, logs } = await child.stop('SIGINT');
    assert.equal(status, 1);
    assert.match(logs, /exiting at once {2}{"reason":"received SIGINT while shutting down"}\n$/);
  });
  test('a shutdown that does not end is cut off with status 1, and says so', async () => {
    const child = await start(forever);
    const { status, logs } = await child.stop('SIGTERM');
    assert.equal(status, 1);
    assert.match(logs, /exiting at once {2}{"reason":"not shut down within 5000 ms"}\n$/);
  });
});
