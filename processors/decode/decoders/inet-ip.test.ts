import assert from 'node:assert/strict';
import { BlockList, isIPv6 } from 'node:net';
import { it } from 'node:test';
import { textOf } from '../test-support.ts';
import { inetIp } from './inet-ip.ts';

const ip6 = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const cases = [
  { name: 'IPv4', in: Uint8Array.of(192, 0, 2, 1), out: '192.0.2.1' },
  { name: 'IPv4 zero', in: new Uint8Array(4), out: '0.0.0.0' },
  { name: 'IPv6', in: ip6('20010db8 00000000 00000000 00000001'), out: '2001:db8::1' },
  { name: 'all zero', in: new Uint8Array(16), out: '::' },
  { name: 'loopback', in: ip6('00000000 00000000 00000000 00000001'), out: '::1' },
  { name: 'zeros at the end', in: ip6('fe800000 00000000 00000000 00000000'), out: 'fe80::' },
  { name: 'one zero group stays', in: ip6('20010db8 00000001 00010001 00010001'), out: '2001:db8:0:1:1:1:1:1' },
  { name: 'the first of equal runs', in: ip6('20010db8 00000000 00010000 00000001'), out: '2001:db8::1:0:0:1' },
  { name: 'the longest run', in: ip6('20010000 00000001 00000000 00000001'), out: '2001:0:0:1::1' },
  { name: 'no zeros', in: ip6('00010002 00030004 00050006 00070008'), out: '1:2:3:4:5:6:7:8' },
  { name: 'lower case', in: ip6('20010DB8 ABCDEF01 23456789 ABCDEF01'), out: '2001:db8:abcd:ef01:2345:6789:abcd:ef01' },
  { name: 'IPv4-mapped', in: ip6('00000000 00000000 0000ffff c0000201'), out: '192.0.2.1' },
  { name: 'IPv4-compatible is IPv6', in: ip6('00000000 00000000 00000000 c0000201'), out: '::c000:201' },
  { name: 'other lengths', in: Uint8Array.of(1, 2, 3), out: '?010203' },
  { name: 'nothing', in: new Uint8Array(0), out: '?' },
];
for (const { name, in: input, out } of cases) it(name, () => assert.equal(textOf(inetIp, input), out));

it('is the address that it names, for every pattern of zero groups', () => {
  for (let mask = 0; mask < 256; mask++) {
    const groups = Array.from({ length: 8 }, (_, i) => ((mask >> i) & 1 ? 0 : 0xa0 + i));
    const text = textOf(inetIp, Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]))) ?? '';
    assert.ok(isIPv6(text), text);
    const list = new BlockList();
    list.addAddress(groups.map((group) => group.toString(16)).join(':'), 'ipv6');
    assert.ok(list.check(text, 'ipv6'), text);
  }
});
