// Damaged objects in processes of their own, opened and loaded: errors, never a crash. FUZZ_OBJECTS sets how many (10000
// before a release).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatPrograms } from '../format/build.ts';
import { requires } from '../support/abilities.ts';
import { startChild } from '../support/child.ts';

const OBJECTS = Number(process.env['FUZZ_OBJECTS'] ?? 400);
const A_CHILD = 100;
const names = ['decoders', 'kinds', 'sections', 'spans'];

test(`${OBJECTS} damaged objects`, requires('root', 'btf'), async () => {
  const folder = await formatPrograms();
  const total = { refused: 0, accepted: 0 };
  for (let first = 0; first < OBJECTS; first += A_CHILD) {
    const object = join(folder, `${names[(first / A_CHILD) % names.length]}.bpf.o`);
    const args = [join(import.meta.dirname, 'damage-objects.ts'), object, String(first), String(A_CHILD)];
    const child = await startChild(process.execPath, args);
    const { status, signal, logs } = await child.exit;
    assert.equal(status, 0, `${signal ?? ''} ${args.slice(1).join(' ')}\n${logs}`);
    const counts = JSON.parse(logs.trim().split('\n').at(-1) ?? '') as typeof total;
    total.refused += counts.refused;
    total.accepted += counts.accepted;
  }
  assert.equal(total.refused + total.accepted, Math.ceil(OBJECTS / A_CHILD) * A_CHILD);
  assert.ok(total.refused > OBJECTS / 10 && total.accepted > 0, JSON.stringify(total));
});
