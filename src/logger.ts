/** Logs as `service::telemetry::logs` says, in the collector's encodings. */
import type { DiagLogger } from '@opentelemetry/api';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { Kind, Logger } from './component.ts';
import type { LogLevel, LogsConfig } from './config/telemetry-schema.ts';
import type { Encoder } from './log-line.ts';
import { consoleLine, errorText, jsonLine } from './log-line.ts';
import type { LogOutput } from './log-output.ts';
import { openOutput } from './log-output.ts';
import { LogSampler } from './log-sampler.ts';

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface AgentLogger extends Logger {
  /** A logger that names the component in each line. */
  readonly component: (kind: Kind, id: string) => Logger;
  /** Tells what was sampled away and closes files; lines after it are lost. */
  readonly close: () => void;
}

/** @throws when a file of `output_paths` can't be opened. Loggers themselves never throw. */
export function createLogger(config: LogsConfig): AgentLogger {
  return new LogCore(config).logger();
}

/** OpenTelemetry's own packages speak through `diag`. */
export function routeDiag(logger: Logger): void {
  const route =
    (level: LogLevel) =>
    (message: string, ...details: unknown[]): void =>
      logger[level](message, details.length === 0 ? undefined : { details });
  const levels: DiagLogger = {
    error: route('error'),
    warn: route('warn'),
    info: route('debug'),
    debug: route('debug'),
    verbose: route('debug'),
  };
  diag.setLogger(levels, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

interface Origin {
  readonly caller: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

class LogCore {
  readonly #config: LogsConfig;
  readonly #encode: Encoder;
  readonly #outputs: LogOutput[];
  readonly #errorOutputs: LogOutput[];
  readonly #sampler: LogSampler | undefined;
  #lost = 0;

  constructor(config: LogsConfig) {
    this.#config = config;
    this.#encode = config.encoding === 'json' ? jsonLine : consoleLine;
    this.#outputs = config.output_paths.map(openOutput);
    this.#errorOutputs = config.error_output_paths.map(openOutput);
    this.#sampler = config.sampling.enabled ? new LogSampler(config.sampling) : undefined;
  }

  logger(): AgentLogger {
    const component = (kind: Kind, id: string): Logger => {
      const fields = { 'otelcol.component.id': id, 'otelcol.component.kind': kind };
      return this.#at({ caller: `${kind}s::${id}`, fields });
    };
    return { ...this.#at({ caller: 'agent', fields: {} }), component, close: () => this.#close() };
  }

  #at(origin: Origin): Logger {
    const log =
      (level: LogLevel) =>
      (message: string, attributes?: Record<string, unknown>): void =>
        this.#log(level, origin, message, attributes);
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  }

  #log(level: LogLevel, origin: Origin, message: string, attributes: Record<string, unknown> = {}): void {
    if (RANK[level] < RANK[this.#config.level]) return;
    const key = `${level} ${origin.caller} ${message}`;
    const dropped = this.#sampler === undefined ? 0 : this.#sampler.sample(key, performance.now());
    if (dropped === undefined) return;
    const sampled = dropped > 0 ? { sampled_away: dropped } : {};
    const line = this.#encode({
      timeMs: this.#now(),
      level,
      caller: this.#config.disable_caller ? undefined : origin.caller,
      message,
      fields: { ...this.#config.initial_fields, ...origin.fields, ...attributes, ...sampled },
      stack: this.#stack(level, attributes.error),
    });
    this.#write(line);
  }

  #now(): number | undefined {
    return this.#config.disable_timestamp ? undefined : Date.now();
  }

  #stack(level: LogLevel, error: unknown): string | undefined {
    const least = this.#config.development ? 'warn' : 'error';
    if (this.#config.disable_stacktrace || RANK[level] < RANK[least] || !(error instanceof Error)) return undefined;
    return error.stack;
  }

  #write(line: string): void {
    for (const output of this.#outputs) {
      try {
        output.write(line);
      } catch (error) {
        this.#lost++;
        this.#complain(`a log line could not be written, ${this.#lost} so far: ${errorText(error)}`);
      }
    }
  }

  #complain(message: string): void {
    const line = this.#encode({ timeMs: this.#now(), level: 'error', caller: 'agent', message, fields: {} });
    for (const output of this.#errorOutputs) {
      try {
        output.write(line);
      } catch {
        // Nowhere is left to say it; the count goes on in `#lost`.
      }
    }
  }

  #close(): void {
    const dropped = this.#sampler?.pending ?? 0;
    if (dropped > 0)
      this.#log('info', { caller: 'agent', fields: {} }, 'log lines sampled away', { sampled_away: dropped });
    for (const output of [...this.#outputs, ...this.#errorOutputs]) output.close();
    this.#outputs.length = 0;
    this.#errorOutputs.length = 0;
  }
}
