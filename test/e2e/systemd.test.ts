// A service manager is told when the agent is ready, reloads and stops: Type=notify and Type=notify-reload.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requires } from '../support/abilities.ts';
import { until, untilChild } from '../support/child.ts';
import { startNotifyReceiver } from '../support/notify-receiver.ts';
import { startExporter } from './exporting.ts';

describe('sd_notify', requires('root', 'btf'), () => {
  it('tells READY, RELOADING, READY and STOPPING, each once', async () => {
    const socket = `@ebpf-otel-agent-e2e-${process.pid}`;
    const receiver = await startNotifyReceiver(socket);
    try {
      const agent = await startExporter(['--config.names=timers'], { NOTIFY_SOCKET: socket });
      const told = async (count: number): Promise<string[]> =>
        untilChild(agent, `${count} states`, async () =>
          receiver.states().length >= count ? receiver.states() : undefined,
        );
      await told(1);
      process.kill(agent.pid, 'SIGHUP');
      await told(3);
      assert.equal((await agent.stop()).status, 0);
      const states = await until('STOPPING', async () =>
        receiver.states().length >= 4 ? receiver.states() : undefined,
      );
      assert.match(states[1], /^'RELOADING=1\\nMONOTONIC_USEC=\d+'$/);
      assert.deepEqual([states[0], ...states.slice(2)], ["'READY=1'", "'READY=1'", "'STOPPING=1'"]);
    } finally {
      await receiver.stop('SIGKILL');
    }
  });

  it('a manager that does not listen is a line in the log, not an end', async () => {
    const agent = await startExporter(['--config.names=timers'], { NOTIFY_SOCKET: '@nobody-listens-here' });
    const { status, logs } = await agent.stop();
    assert.equal(status, 0);
    assert.match(logs, /\twarn\tagent\tthe service manager was not told\t.*"state": "READY=1".*Connection refused/);
  });
});
