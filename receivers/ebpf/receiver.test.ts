// What goes wrong after a program is attached costs that program, not the start and not the page.
import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { BpfObject, MapReader } from '../../native/index.ts';
import type { RuntimeInfo } from '../../native/index.ts';
import type { Logger, Receiver } from '../../src/component.ts';
import { OwnTelemetry } from '../../src/telemetry.ts';
import { requires } from '../../test/support/abilities.ts';
import { ebpf } from './index.ts';

class Running {
  readonly log: string[] = [];
  readonly telemetry = new OwnTelemetry('normal', '0.1.0', {});
  readonly receiver: Receiver;

  constructor(programs: readonly string[], more: Record<string, unknown> = {}) {
    const parsed = ebpf.config.parse({ programs, ...more }, [], (_, message) => assert.fail(message));
    assert.ok(parsed);
    const log = (message: string): void => void this.log.push(message);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const { telemetry } = this;
    const settings = { id: 'ebpf', kind: 'receiver' as const, version: '0.1.0', logger, telemetry };
    this.receiver = ebpf.create({ ...settings, generation: 1, fatal: assert.fail }, parsed);
  }

  /** Values of one of the agent's own metrics, by the label that tells its series apart. */
  own(name: string, label: string): Record<string, number> {
    const { families } = this.telemetry.source(0, 0).collect();
    const found = families.find(({ descriptor }) => descriptor.name === name);
    const ids = found?.ids.subarray(0, found.rows) ?? [];
    const { values, series } = found ?? { values: [], series: { attributes: [] } };
    return Object.fromEntries(Array.from(ids, (id) => [String(series.attributes[id]?.[label]), values[id]]));
  }
}

describe('after programs are attached', requires('root', 'btf'), () => {
  const running: Running[] = [];
  function make(...settings: ConstructorParameters<typeof Running>): Running {
    const made = new Running(...settings);
    running.push(made);
    return made;
  }
  afterEach(async () => {
    mock.restoreAll();
    for (const { receiver } of running.splice(0)) await receiver.shutdown?.();
  });

  const asked = Object.getOwnPropertyDescriptor(BpfObject.prototype, 'runtimeInfo')?.value as (
    name: string,
  ) => RuntimeInfo;

  /** Objects of the program whose kernel information is refused. */
  function refuse(program: string): BpfObject[] {
    const refused: BpfObject[] = [];
    mock.method(BpfObject.prototype, 'runtimeInfo', function refusing(this: BpfObject, name: string) {
      if (!this.file.includes(program)) return asked.call(this, name);
      refused.push(this);
      throw new Error('no more memory');
    });
    return refused;
  }

  test('a program that cannot be run is detached, and told; the others run', async () => {
    const refused = refuse('raw-tracepoints');
    const agent = make(['raw-tracepoints', 'timers']);
    await agent.receiver.start?.();
    assert.equal(refused.length, 1);
    assert.throws(() => refused[0].attached(refused[0].programs[0].name), /closed/);
    assert.deepEqual(agent.log, ['program raw-tracepoints failed', 'program timers is active']);
    assert.deepEqual(agent.own('otelcol_receiver_ebpf_program_state', 'reason'), { 'no more memory': 1, '': 1 });
    const names = agent.receiver
      .scraper?.()
      .scrape()
      .map(({ descriptor }) => descriptor.name);
    assert.deepEqual(names, ['timer_starts_total']);
  });

  test('with on_error: fail it ends the start, and nothing is left', async () => {
    const refused = refuse('raw-tracepoints');
    const agent = make(['timers', 'raw-tracepoints'], { on_error: 'fail' });
    await assert.rejects(async () => agent.receiver.start?.(), /program raw-tracepoints is failed: no more memory/);
    assert.throws(() => refused[0].attached(refused[0].programs[0].name), /closed/);
  });

  test('what cannot be read of a program is counted, and told once; the page has the rest', async () => {
    const agent = make(['biolatency', 'timers']);
    await agent.receiver.start?.();
    const whole = agent.own('ebpf_program_info', 'program');
    assert.deepEqual(agent.own('otelcol_receiver_ebpf_failed_program_reads', 'config'), {});
    mock.method(MapReader.prototype, 'read', () => {
      throw new Error('EPERM');
    });
    assert.deepEqual(agent.own('ebpf_program_info', 'program'), whole);
    const failed = agent.own('otelcol_receiver_ebpf_failed_program_reads', 'config');
    assert.ok(failed['biolatency'] > 0);
    assert.equal(agent.log.filter((line) => line === 'program not read').length, Object.keys(failed).length);
  });

  test('runs that the kernel left out are told by program', async () => {
    const agent = make(['raw-tracepoints']);
    await agent.receiver.start?.();
    const missed = 'otelcol_receiver_ebpf_missed_program_runs';
    const [program] = Object.keys(agent.own('ebpf_program_info', 'program'));
    assert.deepEqual(agent.own(missed, 'program'), { [program]: 0 });
    mock.method(BpfObject.prototype, 'runtimeInfo', function missing(this: BpfObject, name: string) {
      return { ...asked.call(this, name), recursionMisses: 7 };
    });
    assert.deepEqual(agent.own(missed, 'program'), { [program]: 7 });
    assert.deepEqual(agent.own(missed, 'config'), { 'raw-tracepoints': 7 });
  });
});
