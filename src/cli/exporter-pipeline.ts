/** ebpf_exporter's flags as a pipeline, in the collector's language: in effect `config/ebpf-exporter.yaml`. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatYaml } from '../yaml-document.ts';
import type { CliContext, Values } from './command.ts';
import { UsageError } from './command.ts';
import { DEFAULT_LISTEN_ADDRESS, exporterCommand } from './exporter-options.ts';
import { tracesOf } from './exporter-traces.ts';
import { readWebConfig } from './exporter-web-config.ts';

/** What YAML has maps, lists and scalars for. */
export type Tree = Readonly<Record<string, unknown>>;

export interface Pipeline {
  /** Without references: a `$` in it is a `$`. */
  readonly config: Tree;
  readonly warnings: readonly string[];
}

/** @throws UsageError for a flag's value that nothing can be made of */
export function pipelineOf(values: Values, { env, cwd }: Pick<CliContext, 'env' | 'cwd'>): Pipeline {
  const receiver = receiverOf(values, cwd);
  const web = webOf(values, cwd);
  const traces = tracesOf(receiver, env);
  checkSkipCacheSize(values);
  const exporter = {
    endpoint: one(values, 'web.listen-address') ?? DEFAULT_LISTEN_ADDRESS,
    ...pick('telemetry_path', one(values, 'web.telemetry-path')),
    namespace: 'ebpf_exporter',
    add_metric_suffixes: false,
    without_scope_info: true,
    metric_expiration: '0s',
    ...web.settings,
  };
  const metrics = { receivers: ['ebpf'], processors: ['decode'], exporters: ['prometheus'] };
  const telemetry = { ...logsOf(values), ...traces?.telemetry };
  const config = {
    receivers: { ebpf: receiver },
    processors: { decode: null },
    exporters: { prometheus: exporter, ...traces?.exporters },
    service: {
      ...(Object.keys(telemetry).length > 0 ? { telemetry } : {}),
      pipelines: { metrics, ...traces?.pipelines },
    },
  };
  return { config, warnings: web.warnings };
}

/** As a config source: `$` starts a reference there. */
export const pipelineYaml = (config: unknown): string => formatYaml(escapeReferences(config));

function escapeReferences(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escapeReferences);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, escapeReferences(part)]));
}

function receiverOf(values: Values, cwd: string): Tree & { programs: readonly string[]; config_dir?: string } {
  const names = one(values, 'config.names');
  if (names === undefined)
    throw wrong('--config.names NAMES is missing: the programs to run, such as timers,biolatency');
  const folder = one(values, 'config.dir');
  if (folder !== undefined && !statSync(resolve(cwd, folder), { throwIfNoEntry: false })?.isDirectory()) {
    throw wrong(`--config.dir: expected a folder, got "${folder}"`);
  }
  const strict = isSet(values, 'config.strict') || isSet(values, 'config.check');
  return {
    programs: names.split(',').map((name) => name.trim()),
    ...(folder === undefined ? {} : { config_dir: resolve(cwd, folder) }),
    ...pick('btf_path', pathOf(values, 'btf.path', cwd)),
    ...(strict ? { on_error: 'fail' } : {}),
  };
}

function webOf(values: Values, cwd: string): { settings: Tree; warnings: readonly string[] } {
  const file = pathOf(values, 'web.config.file', cwd);
  if (file === undefined) return { settings: {}, warnings: [] };
  const { settings, warnings, faults } = readWebConfig(file);
  if (faults.length > 0) throw wrong(faults.join('\n'));
  return { settings, warnings };
}

function logsOf(values: Values): Tree {
  const logs = {
    ...(isSet(values, 'debug') ? { level: 'debug' } : {}),
    ...(isSet(values, 'log.no-timestamps') ? { disable_timestamp: true } : {}),
  };
  return Object.keys(logs).length > 0 ? { logs } : {};
}

function checkSkipCacheSize(values: Values): void {
  const size = one(values, 'config.skip-cache-size');
  if (size !== undefined && !/^\d+$/.test(size)) {
    throw wrong(`--config.skip-cache-size: expected a whole number, got "${size}"`);
  }
}

export const isSet = (values: Values, flag: string): boolean => values[flag]?.[0] === 'true';

/** ebpf_exporter takes an empty value for one that is not there. */
export const one = (values: Values, flag: string): string | undefined => values[flag]?.[0] || undefined;

const pathOf = (values: Values, flag: string, cwd: string): string | undefined => {
  const path = one(values, flag);
  return path === undefined ? undefined : resolve(cwd, path);
};

const pick = (key: string, value: string | undefined): Tree => (value === undefined ? {} : { [key]: value });

export const wrong = (message: string): UsageError => new UsageError(message, exporterCommand.usageStatus);
