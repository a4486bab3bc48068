import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../test/support/child.ts';
import { startNotifyReceiver } from '../test/support/notify-receiver.ts';
import { notifySystemd } from './index.ts';

describe('notifySystemd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'notify-'));
  for (const socket of [join(folder, 'socket'), `@ebpf-otel-agent-test-${process.pid}`]) {
    test(`reaches ${socket.startsWith('@') ? 'an abstract socket' : 'a socket with a path'}`, async () => {
      const receiver = await startNotifyReceiver(socket);
      try {
        assert.equal(notifySystemd('READY=1', { NOTIFY_SOCKET: socket }), undefined);
        assert.equal(notifySystemd('RELOADING=1', { NOTIFY_SOCKET: socket }), undefined);
        const [ready, reloading] = await until('both states', async () =>
          receiver.states().length === 2 ? receiver.states() : undefined,
        );
        assert.equal(ready, "'READY=1'");
        assert.match(reloading, /^'RELOADING=1\\nMONOTONIC_USEC=\d+'$/);
      } finally {
        await receiver.stop('SIGKILL');
      }
    });
  }

  const nobody = join(folder, 'nobody');
  const cases: { socket: string | undefined; reason: string | undefined }[] = [
    { socket: undefined, reason: undefined },
    { socket: '', reason: undefined },
    { socket: 'vsock:2:1', reason: 'NOTIFY_SOCKET=vsock:2:1: expected a path or @name' },
    { socket: nobody, reason: `NOTIFY_SOCKET=${nobody}: No such file or directory` },
    { socket: `/${'x'.repeat(200)}`, reason: `NOTIFY_SOCKET=/${'x'.repeat(200)}: File name too long` },
  ];
  for (const { socket, reason } of cases) {
    test(`says of NOTIFY_SOCKET=${socket?.slice(0, 20)}: ${reason?.slice(-30)}`, () => {
      assert.equal(notifySystemd('READY=1', { NOTIFY_SOCKET: socket }), reason);
    });
  }

  test.after(() => rmSync(folder, { recursive: true }));
});
