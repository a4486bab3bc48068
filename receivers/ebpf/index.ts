/** Receiver `ebpf`: loads CO-RE programs and reads their maps as metrics. */
import type { Fault, ReceiverFactory } from '../../src/component.ts';
import type { Infer } from '../../src/schema.ts';
import { duration, integer, list, map, object, oneOf, optional, string } from '../../src/schema.ts';
import { FallbackProgram } from './fallback-program.ts';
import { EbpfReceiver } from './receiver.ts';
import { kernelAddress } from './kernel-address.ts';
import { Program } from './program.ts';
import type { MetricNames, ProgramFile } from './program-file.ts';
import { checkProgram, SHIPPED_PROGRAMS } from './program-file.ts';

const config = object(
  {
    programs: list(string(), { min: 1, doc: 'names of programs: NAME.yaml and NAME.bpf.o in config_dir' }),
    config_dir: string({
      default: SHIPPED_PROGRAMS,
      doc: 'folder of the programs; default: those that ship with the agent',
    }),
    btf_path: optional(
      string({ doc: "kernel BTF to relocate against; default: the kernel's own, /sys/kernel/btf/vmlinux" }),
    ),
    root_path: string({
      default: '/',
      doc: 'where the root is mounted below which programs and libraries of uprobes and usdt are looked up: /host in a container',
    }),
    on_error: oneOf(['skip', 'fail'], {
      default: 'skip',
      doc: 'skip: a program that does not load is off, with its reason shown; fail: the agent does not start',
    }),
    map_sizes: map(integer({ min: 1, max: 1 << 28 }), {
      default: {},
      doc: 'max_entries of BPF maps by name, in place of what the object says',
    }),
    series_limit: integer({
      default: 1_000_000,
      min: 0,
      doc: 'series of each metric; those beyond it are one, with the label otel.metric.overflow="true". 0: no limit',
    }),
    collection_interval: duration({
      default: '1m',
      positive: true,
      doc: 'how often push exporters collect; a pull reads at each scrape',
    }),
    initial_delay: duration({ default: '1s', doc: 'wait before the first push' }),
  },
  {
    doc: 'Loads CO-RE eBPF programs and reads their maps as counters, gauges and histograms.',
    check({ programs }, report) {
      programs.forEach((name, i) => {
        if (programs.indexOf(name) < i) report(['programs', i], `program "${name}" is there twice`);
        if (!/^[\w.-]+$/.test(name)) report(['programs', i], `expected the name of a program, got "${name}"`);
      });
    },
  },
);

export type EbpfConfig = Infer<typeof config>;

export const ebpf: ReceiverFactory<EbpfConfig> = {
  type: 'ebpf',
  signals: ['metrics', 'traces'],
  stability: 'beta',
  description: config.doc,
  config,
  validate: (parsed, { load }) => {
    const names: MetricNames = new Map();
    return parsed.programs.flatMap((name) => {
      const { file, faults } = checkProgram(parsed.config_dir, name, names);
      return file !== undefined && load ? verify(file, parsed) : faults;
    });
  },
  create: (settings, parsed) => new EbpfReceiver(settings, parsed),
};

/** What the kernel says of a program without attaching it. That a hook is not there is no fault of the config. */
function verify(file: ProgramFile, { btf_path: btfPath, map_sizes: mapSizes }: EbpfConfig): Fault[] {
  const program = Program.load(file, { btfPath, mapSizes, kernelAddress, attach: false });
  program.close();
  if (program.state === 'active' || FallbackProgram.of(file, { name: file.name }) !== undefined) return [];
  const message = `program ${file.name} is ${program.state} on this kernel: ${program.reason}`;
  return [{ file: file.objectFile, message, harmless: program.state !== 'failed' }];
}

export { doctor } from './doctor.ts';
/** For the process that the receiver runs in. */
export { keepCapabilities, keepInheritedSockets, notifySystemd, parseCapabilities } from '../../native/index.ts';
