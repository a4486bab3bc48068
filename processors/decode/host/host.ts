/** What decoders know of the host. Nothing is read before a decoder asks. One per processor. */
import { join } from 'node:path';
import type { Logger } from '../../../src/component.ts';
import { readCgroups } from './cgroups.ts';
import { readInterfaces, readPartitions } from './devices.ts';
import { Kallsyms } from './kallsyms.ts';
import { NameTable } from './name-table.ts';
import { PciIds } from './pci-ids.ts';

export interface HostOptions {
  /** Prefix of the host's /proc, /sys and /usr; '' for this host. */
  readonly rootPath: string;
  readonly unknownCgroups: 'id' | 'collapse';
}

export class Host {
  readonly options: HostOptions;
  readonly kallsyms: Kallsyms;
  readonly cgroups: NameTable;
  readonly partitions: NameTable;
  readonly interfaces: NameTable;
  readonly pciIds: PciIds;

  /** @param now milliseconds of a steady clock, for tests. */
  constructor(options: HostOptions, logger: Logger, now: () => number = () => performance.now()) {
    const root = options.rootPath.replace(/\/+$/, '');
    this.options = options;
    this.kallsyms = new Kallsyms(join(root || '/', 'proc/kallsyms'), logger, now);
    this.cgroups = new NameTable(() => readCgroups(root), now);
    this.partitions = new NameTable(() => readPartitions(root), now);
    this.interfaces = new NameTable(() => readInterfaces(root), now);
    this.pciIds = new PciIds(root);
  }

  /** Opens a collection. */
  begin(): void {
    this.kallsyms.begin();
    this.cgroups.begin();
    this.partitions.begin();
    this.interfaces.begin();
    this.pciIds.release();
  }
}
