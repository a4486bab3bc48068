import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { it } from 'node:test';
import { checkDecoders, DECODERS } from '../../../src/decoder-specs.ts';
import { decodeWith, testHost } from '../test-support.ts';
import { decoders } from './index.ts';

it('is the list that receivers check against', () => {
  const names = decoders.map(({ name }) => name);
  assert.deepEqual(names, Object.keys(DECODERS));
});

it('names every file of the folder', () => {
  const tables = new Set(['errno-table', 'generate-tables', 'index', 'syscall-tables', 'table']);
  const files = readdirSync(import.meta.dirname).filter((file) => !file.endsWith('.test.ts'));
  const own = files.map((file) => file.slice(0, -3)).filter((file) => !tables.has(file));
  const expected = decoders.map(({ name }) => (name.startsWith('pci_') ? 'pci' : name.replace('_', '-')));
  assert.deepEqual(own.sort(), [...new Set(expected)].sort());
});

/** Options that each decoder can be made with. */
const options = { static_map: { a: 'b' }, regexps: ['a|.*'] };

it('agrees with the check on which sizes a decoder reads', (t) => {
  const { host } = testHost(t, { 'proc/kallsyms': 'ffffffff81000000 T _text\n' });
  for (const factory of decoders.filter(({ name }) => DECODERS[name].takes !== 'decimal')) {
    for (let size = 0; size <= 40; size++) {
      const faults = checkDecoders({ name: 'x', size, decoders: [{ name: factory.name, ...options }] });
      const { text } = decodeWith(factory, new Uint8Array(size), host, options);
      const reads = text !== undefined;
      // No frames are an empty stack, but a label of no bytes is a mistake.
      if (size > 0) assert.equal(reads, faults.length === 0, `${factory.name} on ${size} bytes`);
    }
  }
});

it('answers any input with text that is UTF-8, or says that it cannot', (t) => {
  const { host } = testHost(t, {
    'proc/kallsyms': 'ffffffff81000000 T _text\n',
    'usr/share/misc/pci.ids': '8086  Intel\n',
  });
  let seed = 42;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 20_000; round++) {
    const factory = decoders[random(decoders.length)];
    const bytes = Uint8Array.from({ length: random(40) }, () => (random(4) === 0 ? 48 + random(10) : random(256)));
    const { text } = decodeWith(
      factory,
      random(2) === 0 ? bytes : Buffer.from(bytes).toString('latin1'),
      host,
      options,
    );
    if (typeof text === 'string')
      assert.ok(text.isWellFormed(), `${factory.name} ${Buffer.from(bytes).toString('hex')}`);
  }
});
