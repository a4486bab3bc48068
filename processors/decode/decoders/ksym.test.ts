import assert from 'node:assert/strict';
import { it } from 'node:test';
import { decodeWith, testHost, textOf, u64 } from '../test-support.ts';
import { ksym } from './ksym.ts';

const KALLSYMS = `ffffffff81000000 T _text
ffffffff81000010 t first_alias
ffffffff81000010 T last_alias
ffffffffc0001000 t of_module	[nf_conntrack]
ffffffffc0000010 t bpf_prog_6deef7357e7b4530_test	[bpf]
`;
const cases = [
  { name: 'exact', in: 0xffffffff81000000n, out: '_text' },
  { name: 'of several the last', in: 0xffffffff81000010n, out: 'last_alias' },
  { name: 'without the module', in: 0xffffffffc0001000n, out: 'of_module' },
  { name: 'out of order in the file', in: 0xffffffffc0000010n, out: 'bpf_prog_6deef7357e7b4530_test' },
  { name: 'exact only', in: 0xffffffff81000001n, out: 'unknown_addr:0xffffffff81000001' },
  { name: 'below all', in: 0x10n, out: 'unknown_addr:0x10' },
  { name: 'zero', in: 0n, out: 'unknown_addr:0x0' },
];
for (const { name, in: address, out } of cases) {
  it(name, (t) => {
    const { host } = testHost(t, { 'proc/kallsyms': KALLSYMS });
    const unsettled = out.startsWith('unknown');
    assert.deepEqual(decodeWith(ksym, u64(address), host), { text: out, unsettled, cleaned: false });
  });
}

it('is not read from four bytes', () => assert.equal(textOf(ksym, new Uint8Array(4)), undefined));

it('reads the symbols again for an address that is new', (t) => {
  const { host, clock, write } = testHost(t, { 'proc/kallsyms': KALLSYMS });
  const ask = (): string | null | undefined => textOf(ksym, u64(0xffffffffc0002000n), host);
  host.begin();
  assert.equal(textOf(ksym, u64(0xffffffff81000000n), host), '_text');
  write('proc/kallsyms', `${KALLSYMS}ffffffffc0002000 t loaded_later	[late]\n`);
  clock.ms += 2000;
  host.begin();
  assert.equal(ask(), 'loaded_later');
});

it('says once that addresses are hidden', (t) => {
  const { host, log } = testHost(t, { 'proc/kallsyms': '0000000000000000 T _text\n0000000000000000 T other\n' });
  for (const address of [0n, 1n, 2n]) {
    host.begin();
    assert.match(textOf(ksym, u64(address), host) ?? '', /^unknown_addr/);
  }
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0], /kptr_restrict/);
});

it('says once that there is no such file', (t) => {
  const { host, log } = testHost(t);
  assert.equal(textOf(ksym, u64(1n), host), 'unknown_addr:0x1');
  assert.deepEqual(log.lines, ['kernel symbols cannot be read']);
});
