import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PciIds } from '../host/pci-ids.ts';
import { decodeWith, testHost, textOf } from '../test-support.ts';
import { pciClass, pciDevice, pciSubclass, pciVendor } from './pci.ts';

const IDS = `# comment
0014  First Vendor
8086  Intel Corporation
	1000  82542 Gigabit Ethernet Controller (Fiber)
		0e11 b0df  A subsystem
# a comment inside
	100e  82540EM Gigabit Ethernet Controller
8087  Other vendor

C 00  Unclassified device
	00  Non-VGA unclassified device
C 02  Network controller
	00  Ethernet controller
	07  Infiniband controller
C 0c  Serial bus controller
	03  USB controller
		30  XHCI
`;
const cases = [
  { decoder: pciVendor, in: String(0x8086), out: 'Intel Corporation' },
  { decoder: pciVendor, in: String(0x14), out: 'First Vendor' },
  { decoder: pciVendor, in: String(0xbeef), out: 'unknown pci vendor: 0xbeef' },
  { decoder: pciVendor, in: '1', out: 'unknown pci vendor: 0x0001' },
  { decoder: pciVendor, in: String(0x18086), out: 'unknown pci vendor: 0x18086' },
  { decoder: pciVendor, in: 'x', out: undefined },
  { decoder: pciDevice, in: String(0x80861000), out: '82542 Gigabit Ethernet Controller (Fiber)' },
  { decoder: pciDevice, in: String(0x8086100e), out: '82540EM Gigabit Ethernet Controller' },
  { decoder: pciDevice, in: String(0x80860e11), out: 'unknown pci device: 0x80860e11' },
  { decoder: pciDevice, in: String(0x80871000), out: 'unknown pci device: 0x80871000' },
  { decoder: pciDevice, in: String(0xdeadbeef), out: 'unknown pci device: 0xdeadbeef' },
  { decoder: pciDevice, in: '5', out: 'unknown pci device: 0x00000005' },
  { decoder: pciDevice, in: '18446744073709551615', out: 'unknown pci device: 0xffffffffffffffff' },
  { decoder: pciClass, in: '2', out: 'Network controller' },
  { decoder: pciClass, in: '12', out: 'Serial bus controller' },
  { decoder: pciClass, in: '255', out: 'unknown pci class: 0xff' },
  { decoder: pciSubclass, in: String(0x0200), out: 'Ethernet controller' },
  { decoder: pciSubclass, in: String(0x0207), out: 'Infiniband controller' },
  { decoder: pciSubclass, in: '0', out: 'Non-VGA unclassified device' },
  { decoder: pciSubclass, in: String(0x0c30), out: 'unknown pci subclass: 0x30 (class 0x0c)' },
  { decoder: pciSubclass, in: String(0x0242), out: 'unknown pci subclass: 0x42 (class 0x02)' },
  { decoder: pciSubclass, in: String(0xff01), out: 'unknown pci subclass: 0x01 (class 0xff)' },
];
for (const { decoder, in: input, out } of cases) {
  it(`${decoder.name} ${input}`, (t) => {
    const { host } = testHost(t, { 'usr/share/misc/pci.ids': IDS });
    assert.equal(textOf(decoder, input, host), out);
  });
}

it('takes the other place too', (t) => {
  const { host } = testHost(t, { 'usr/share/hwdata/pci.ids': IDS });
  assert.equal(textOf(pciVendor, String(0x8086), host), 'Intel Corporation');
});

it('says that the file is missing, and is asked again', (t) => {
  const { host, write } = testHost(t);
  Object.assign(host, { pciIds: new PciIds(host.options.rootPath, []) });
  assert.deepEqual(decodeWith(pciVendor, '1', host), { text: 'missing pci.ids db', unsettled: true, cleaned: false });
  write('usr/share/misc/pci.ids', IDS);
  host.begin();
  assert.equal(textOf(pciVendor, String(0x8086), host), 'Intel Corporation');
});
