/** Spans of programs, sent where OpenTelemetry's environment variables say, as ebpf_exporter does. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliContext } from './command.ts';
import { UsageError } from './command.ts';

type Tree = Readonly<Record<string, unknown>>;
type Environment = CliContext['env'];

interface Receiver {
  readonly programs: readonly string[];
  readonly config_dir?: string;
}
export interface Traces {
  readonly exporters: Tree;
  readonly pipelines: Tree;
  readonly telemetry: Tree;
}

/** Nothing when no program makes spans, or nobody wants them. @throws UsageError for an exporter that is not here */
export function tracesOf(receiver: Receiver, env: Environment): Traces | undefined {
  if (!receiver.programs.some((name) => makesSpans(receiver.config_dir, name))) return undefined;
  const wanted = env.OTEL_TRACES_EXPORTER || 'otlp';
  if (wanted === 'none') return undefined;
  const exporters = wanted === 'console' ? { debug: { verbosity: 'detailed' } } : { otlp_http: otlpOf(wanted, env) };
  return {
    exporters,
    pipelines: { traces: { receivers: ['ebpf'], processors: ['decode'], exporters: Object.keys(exporters) } },
    telemetry: { resource: { 'service.name': env.OTEL_SERVICE_NAME || 'ebpf_exporter' } },
  };
}

/** The programs that ship with the agent make none. */
function makesSpans(folder: string | undefined, name: string): boolean {
  if (folder === undefined) return false;
  const file = [join(folder, `${name}.yaml`), join(folder, name, `${name}.yaml`)].find((path) => existsSync(path));
  return file !== undefined && /^tracing\s*:/m.test(readFileSync(file, 'utf8'));
}

function otlpOf(wanted: string, env: Environment): Tree {
  if (wanted !== 'otlp') throw unsupported('OTEL_TRACES_EXPORTER', wanted, 'otlp, console or none');
  const either = (name: string): string | undefined =>
    env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`] || undefined;
  const protocol = either('PROTOCOL') ?? 'http/protobuf';
  if (!/^http\/(protobuf|json)$/.test(protocol)) {
    throw unsupported('OTEL_EXPORTER_OTLP_PROTOCOL', protocol, 'http/protobuf or http/json');
  }
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || undefined;
  const headers = headersOf(either('HEADERS') ?? '');
  return {
    ...(own === undefined
      ? { endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT || 'http://localhost:4318' }
      : { traces_endpoint: own }),
    ...(protocol === 'http/json' ? { encoding: 'json' } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
  };
}

/** `name=value,name=value`, percent-encoded. */
function headersOf(text: string): Tree {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      if (name === '') throw new UsageError('OTEL_EXPORTER_OTLP_HEADERS: expected name=value pairs', 1);
      return [name, decode(value)];
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const unsupported = (name: string, value: string, known: string): UsageError =>
  new UsageError(`${name}=${value}: expected ${known}`, 1);
