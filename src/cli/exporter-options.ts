/** ebpf_exporter's flags. Its users' units and scripts have them, so names, defaults and the exit status 1 are its own. */
import type { Command } from './command.ts';

export const DEFAULT_LISTEN_ADDRESS = ':9435';

export const exporterCommand: Command = {
  name: 'exporter',
  summary: 'Run as ebpf_exporter: its flags, its page. --print-config shows the pipeline that they stand for.',
  usageStatus: 1,
  options: {
    'config.dir': {
      type: 'string',
      value: 'DIR',
      description: 'Folder of NAME.yaml + NAME.bpf.o. Default: the programs that ship with the agent.',
    },
    'config.names': { type: 'string', value: 'NAMES', description: 'Programs to run, with commas between.' },
    'config.check': { type: 'boolean', description: 'Check the programs, load and attach them, and exit.' },
    'config.strict': {
      type: 'boolean',
      description: 'Exit when a program does not attach, in place of going on without.',
    },
    'config.skip-cache-size': {
      type: 'string',
      value: 'COUNT',
      description: 'Accepted, without effect: what keys decode to is kept per label, within bounds.',
    },
    'web.listen-address': {
      type: 'string',
      value: 'ADDRESS',
      description: `Default ${DEFAULT_LISTEN_ADDRESS}, every interface; fd://0: the first socket of systemd's, else descriptor 0.`,
    },
    'web.telemetry-path': { type: 'string', value: 'PATH', description: 'Path of the metrics. Default: /metrics.' },
    'web.config.file': {
      type: 'string',
      value: 'FILE',
      description: "TLS and headers, in the form of Prometheus's exporter-toolkit.",
    },
    'btf.path': { type: 'string', value: 'FILE', description: "Kernel BTF. Default: the kernel's own." },
    'capabilities.keep': {
      type: 'string',
      value: 'NAMES',
      description: 'Once attached, give up all capabilities but these (cap_syslog,cap_bpf); all (default) or none.',
    },
    debug: { type: 'boolean', description: 'Log more. There is no /maps page.' },
    'log.no-timestamps': { type: 'boolean', description: 'Log lines without their time.' },
    'print-config': { type: 'boolean', description: 'Print the pipeline as YAML for `run --config`, and exit.' },
    version: { type: 'boolean', description: 'Print the version, and exit.' },
  },
  load: async () => (await import('./exporter.ts')).exporter,
};
