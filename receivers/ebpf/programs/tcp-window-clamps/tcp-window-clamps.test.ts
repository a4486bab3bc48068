import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';

interface Clamps {
  /** Packets that the receiver got, and those of them that carried data. */
  received: number;
  dataSegments: number;
}

hookTest('tcp-window-clamps', async (agent) => {
  const { result, change } = await agent.during(async () => runEvent<Clamps>('clamps', 200));
  const counted = change.of('tcp_window_clamps_total');
  assertBetween(counted, 1, result.received, 'packets that met a clamped window');
  return `${counted} clamps, ${result.received} packets`;
});
