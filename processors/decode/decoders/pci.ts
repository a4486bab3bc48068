/** The four decoders that look up a decimal number in `pci.ids`. */
import type { DecoderFactory, Notes, Value } from '../decoder.ts';
import { asDecimal } from '../decoder.ts';
import type { PciIds } from '../host/pci-ids.ts';

const MISSING = 'missing pci.ids db';
/** @param hex the number, without leading zeros. */
type Lookup = (ids: PciIds, hex: string) => string;

const pci = (name: string, lookup: Lookup): DecoderFactory => ({
  name,
  make: (_, host) => (input: Value, notes: Notes) => {
    const number = asDecimal(input, notes);
    if (number === undefined) return undefined;
    if (host.pciIds.available) return lookup(host.pciIds, BigInt(number).toString(16));
    notes.unsettled = true;
    return MISSING;
  },
});

export const pciVendor = pci('pci_vendor', (ids, hex) => {
  const vendor = hex.padStart(4, '0');
  return ids.vendor(vendor) ?? `unknown pci vendor: 0x${vendor}`;
});

/** vendor << 16 | device */
export const pciDevice = pci('pci_device', (ids, hex) => {
  const both = hex.padStart(8, '0');
  return ids.device(both.slice(0, -4), both.slice(-4)) ?? `unknown pci device: 0x${both}`;
});

export const pciClass = pci('pci_class', (ids, hex) => {
  const id = hex.padStart(2, '0');
  return ids.class(id) ?? `unknown pci class: 0x${id}`;
});

/** class << 8 | subclass */
export const pciSubclass = pci('pci_subclass', (ids, hex) => {
  const both = hex.padStart(4, '0');
  const [id, subclass] = [both.slice(0, -2), both.slice(-2)];
  return ids.subclass(id, subclass) ?? `unknown pci subclass: 0x${subclass} (class 0x${id})`;
});
