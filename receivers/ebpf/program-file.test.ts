import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MetricNames } from './program-file.ts';
import { checkProgram, findProgram, SHIPPED_PROGRAMS } from './program-file.ts';

test('two programs may share a metric of one kind; of two kinds the later is refused with its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'program-file-'));
  try {
    const { yamlFile, objectFile } = findProgram(SHIPPED_PROGRAMS, 'timers');
    const text = readFileSync(yamlFile, 'utf8');
    for (const name of ['first', 'same', 'other']) {
      cpSync(objectFile, join(folder, `${name}.bpf.o`));
      writeFileSync(join(folder, `${name}.yaml`), name === 'other' ? text.replace('counters:', 'gauges:') : text);
    }
    const names: MetricNames = new Map();
    assert.deepEqual(checkProgram(folder, 'first', names).faults, []);
    assert.deepEqual(checkProgram(folder, 'same', names).faults, []);
    const [fault] = checkProgram(folder, 'other', names).faults;
    assert.equal(fault.path, 'metrics::gauges::0::name');
    assert.equal(fault.file, join(folder, 'other.yaml'));
    assert.ok((fault.line ?? 0) > 1 && fault.column !== undefined);
    assert.match(fault.message, /is among the counters of program "first"/);
    assert.deepEqual(checkProgram(folder, 'other').faults, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
