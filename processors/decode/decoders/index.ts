/** All decoders: to add one, write its file and its test, and name it here and in src/decoder-specs.ts. */
import type { DecoderFactory } from '../decoder.ts';
import { cgroup } from './cgroup.ts';
import { dname } from './dname.ts';
import { errno } from './errno.ts';
import { hex } from './hex.ts';
import { ifname } from './ifname.ts';
import { inetIp } from './inet-ip.ts';
import { kstack } from './kstack.ts';
import { ksym } from './ksym.ts';
import { majorminor } from './majorminor.ts';
import { pciClass, pciDevice, pciSubclass, pciVendor } from './pci.ts';
import { regexp } from './regexp.ts';
import { staticMap } from './static-map.ts';
import { string } from './string.ts';
import { syscall } from './syscall.ts';
import { uint } from './uint.ts';

export const decoders: readonly DecoderFactory[] = [
  cgroup,
  dname,
  errno,
  hex,
  ifname,
  inetIp,
  kstack,
  ksym,
  majorminor,
  pciClass,
  pciDevice,
  pciSubclass,
  pciVendor,
  regexp,
  staticMap,
  string,
  syscall,
  uint,
];
