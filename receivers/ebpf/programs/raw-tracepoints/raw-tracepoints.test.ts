import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';

const count = 5000;

// Other connections on this machine start the same timer now and then.
hookTest('raw-tracepoints', async (agent) => {
  const { change } = await agent.during(async () => runEvent('timers', count));
  const counted = change.of('raw_timer_starts_total', { function: 'tcp_keepalive_timer' });
  assertBetween(counted, count, count + count / 20, 'timers of tcp_keepalive_timer');
  return `${counted} timers of ${count}`;
});
