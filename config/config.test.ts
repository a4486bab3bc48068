import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { programNames, SHIPPED_PROGRAMS } from '../receivers/ebpf/program-file.ts';
import { components } from '../src/components.ts';
import { loadConfig } from '../src/config.ts';

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

for (const file of files) {
  test(`${file} is right, down to the programs that it names`, () => {
    const { config, warnings } = loadConfig({ uris: [join(folder, file)], sets: [], components, env: {}, cwd: folder });
    assert.deepEqual(warnings, []);
    const defined = [config.receivers, config.processors, config.exporters].flatMap((section) =>
      Array.from(section.values()),
    );
    assert.deepEqual(
      defined.filter(({ used }) => !used).map(({ id }) => id),
      [],
    );
  });
}

test('all-hooks.yaml names every program that ships', () => {
  const text = readFileSync(join(folder, 'all-hooks.yaml'), 'utf8');
  const named = [...text.matchAll(/^ {6}- (\S+)$/gm)].map(([, name]) => name);
  assert.deepEqual(named, programNames(SHIPPED_PROGRAMS).sort());
});

test('every ready pipeline is told in the README', () => {
  const readme = readFileSync(join(folder, '../README.md'), 'utf8');
  for (const file of files) assert.ok(readme.includes(`config/${file}`), file);
});
