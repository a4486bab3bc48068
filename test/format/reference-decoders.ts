// The decoders once more, plain and slow, from the text of the format alone. Shares no code with the agent's.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Decoder {
  name: string;
  regexps?: string[];
  static_map?: Record<string, string>;
  allow_unknown?: boolean;
}

/** undefined: the key is left out. */
type Decode = (bytes: Buffer, decoder: Decoder) => Buffer | undefined;

let root = '/';

/** Reads the host's tables below `folder`. To be called before anything is decoded. */
export function useRoot(folder: string): void {
  root = folder;
}

const text = (value: string): Buffer => Buffer.from(value);
const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n');

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function little(bytes: Buffer): bigint {
  return bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

const kallsyms = once(() =>
  lines(join(root, 'proc/kallsyms'))
    .flatMap((line) => {
      const [address, , name = ''] = line.split(/\s+/);
      return name === '' ? [] : [{ address: BigInt(`0x${address}`), name }];
    })
    .sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0)),
);

const errnos = once(() => {
  const files = ['errno-base.h', 'errno.h'].map((name) => `/usr/include/asm-generic/${name}`);
  const defined = files.flatMap((file) => lines(file).map((line) => /^#define\s+(E\w+)\s+(\d+)\b/.exec(line)));
  const names = new Map(defined.flatMap((match) => (match === null ? [] : [[match[2], match[1]] as const])));
  // The C library's name for the kernel's EOPNOTSUPP, which dashboards know from Go's tables.
  return names.set('95', 'ENOTSUP');
});

const partitions = once(
  () =>
    new Map(
      lines(join(root, 'proc/partitions'))
        .map((line) => line.trim().split(/\s+/))
        .map(([major, minor, , name]) => [`${major}:${minor}`, name]),
    ),
);

const interfaces = once(() => {
  const folder = join(root, 'sys/class/net');
  const index = (name: string): string => readFileSync(join(folder, name, 'ifindex'), 'utf8').trim();
  return new Map(
    readdirSync(folder)
      .filter((name) => statSync(join(folder, name)).isDirectory())
      .map((name) => [index(name), name]),
  );
});

interface PciNames {
  vendors: Map<string, string>;
  devices: Map<string, string>;
  classes: Map<string, string>;
  subclasses: Map<string, string>;
}

const pci = once((): PciNames => {
  const names: PciNames = { vendors: new Map(), devices: new Map(), classes: new Map(), subclasses: new Map() };
  let [vendor, klass] = ['', ''];
  for (const line of lines(join(root, 'usr/share/misc/pci.ids'))) {
    const [, tabs = '', id = '', name = ''] = /^(\t?)([0-9a-f]{2,4}) {2}(.*)$/.exec(line) ?? [];
    const [, top = '', topName = ''] = /^C ([0-9a-f]{2}) {2}(.*)$/.exec(line) ?? [];
    if (top !== '') [vendor, klass] = ['', top];
    if (top !== '') names.classes.set(top, topName);
    else if (id !== '' && tabs === '') names.vendors.set((vendor = id), name);
    else if (id !== '' && vendor !== '') names.devices.set(vendor + id, name);
    else if (id !== '') names.subclasses.set(klass + id, name);
  }
  return names;
});

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function ipv6(bytes: Buffer): string {
  if (bytes.subarray(0, 12).toString('hex') === '00000000000000000000ffff') return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  let [from, length] = [0, 1];
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === '0') end++;
    if (end - start > length) [from, length] = [start, end - start];
  }
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
}

/** `string` before it takes the root label away: a name that ends with a label is whole, and has no last dot. */
function dname(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    if (at === bytes.length && at > 0) return Buffer.concat(parts.slice(0, -1));
    const length = bytes[at];
    if (length === undefined || length > 63 || at + 1 + length > bytes.length) return bytes;
    if (length === 0) return parts.length === 0 ? text('.') : Buffer.concat(parts);
    parts.push(bytes.subarray(at + 1, at + 1 + length), text('.'));
    at += 1 + length;
  }
}

/** The last symbol, in the order of addresses and then of the file, that begins at `address` or below. */
function symbolBelow(address: bigint): { address: bigint; name: string } | undefined {
  const symbols = kallsyms();
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (symbols[middle].address <= address) low = middle + 1;
    else high = middle;
  }
  return symbols[low - 1];
}

function kstack(bytes: Buffer): string {
  const names: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    const frame = bytes.readBigUInt64LE(at);
    if (frame === 0n) break;
    names.push(symbolBelow(frame)?.name ?? '??');
  }
  return names.join('\n');
}

function majorMinor(device: number): string {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  return partitions().get(`${major}:${minor}`) ?? `unknown:${major}:${minor}`;
}

const decoders: Record<string, Decode> = {
  uint: (bytes) => text(little(bytes).toString()),
  hex: (bytes) => text(bytes.toString('hex')),
  string: (bytes) => (bytes.includes(0) ? bytes.subarray(0, bytes.indexOf(0)) : bytes),
  ksym: (bytes) => {
    const address = little(bytes);
    const symbol = symbolBelow(address);
    const name = symbol?.address === address ? symbol.name : undefined;
    return text(name ?? `unknown_addr:0x${address.toString(16)}`);
  },
  kstack: (bytes) => text(kstack(bytes)),
  cgroup: (bytes) => text(`unknown_cgroup_id:${String(bytes)}`),
  dname,
  errno: (bytes) => text(errnos().get(String(bytes)) ?? `unknown:${String(bytes)}`),
  ifname: (bytes) => text(interfaces().get(String(little(bytes))) ?? `unknown:${little(bytes)}`),
  inet_ip: (bytes) =>
    text(bytes.length === 4 ? bytes.join('.') : bytes.length === 16 ? ipv6(bytes) : `?${bytes.toString('hex')}`),
  majorminor: (bytes) => text(majorMinor(bytes.readUInt32LE(0))),
  pci_vendor: (bytes) =>
    text(pci().vendors.get(hex(Number(bytes), 4)) ?? `unknown pci vendor: 0x${hex(Number(bytes), 4)}`),
  pci_device: (bytes) =>
    text(pci().devices.get(hex(Number(bytes), 8)) ?? `unknown pci device: 0x${hex(Number(bytes), 8)}`),
  pci_class: (bytes) =>
    text(pci().classes.get(hex(Number(bytes), 2)) ?? `unknown pci class: 0x${hex(Number(bytes), 2)}`),
  pci_subclass: (bytes) => {
    const id = hex(Number(bytes), 4);
    return text(pci().subclasses.get(id) ?? `unknown pci subclass: 0x${id.slice(2)} (class 0x${id.slice(0, 2)})`);
  },
  regexp: (bytes, { regexps = [] }) => {
    for (const source of regexps) {
      const match = new RegExp(source).exec(String(bytes));
      if (match !== null) return text(match[1] ?? match[0]);
    }
    return undefined;
  },
  static_map: (bytes, { static_map = {}, allow_unknown }) => {
    const key = String(bytes);
    return text(Object.hasOwn(static_map, key) ? static_map[key] : allow_unknown === true ? key : `unknown:${key}`);
  },
};

/** The label's text, or undefined when the key is left out. */
export function decodeLabel(bytes: Buffer, chain: Decoder[]): string | undefined {
  let value: Buffer | undefined = bytes;
  for (const decoder of chain) {
    value = decoders[decoder.name](value, decoder);
    if (value === undefined) return undefined;
  }
  return value.toString('utf8');
}
