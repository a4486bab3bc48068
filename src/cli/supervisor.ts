/** The agent's life in its process: start, reloads, end. */
import { Agent } from '../agent.ts';
import type { LoadedConfig } from '../config.ts';
import { ConfigError } from '../config.ts';
import { errorText } from '../log-line.ts';
import type { AgentLogger } from '../logger.ts';
import { createLogger, routeDiag } from '../logger.ts';
import type { Host } from './command.ts';
import { FileWatcher, onHangup, ReloadRequests } from './reload-request.ts';
import type { StopRequests } from './stop-request.ts';
import { listenForStop } from './stop-request.ts';
import { version } from './version.ts';

export interface LoadedFiles {
  readonly loaded: LoadedConfig;
  /** Read for it. */
  readonly files: readonly string[];
}

interface Running {
  readonly agent: Agent;
  readonly logger: AgentLogger;
  readonly files: readonly string[];
}

/** Runs the agent, and at each reload its successor: the old one goes when the new one runs, and stays when that cannot. */
export class Supervisor {
  readonly #load: () => LoadedFiles;
  readonly #watched: boolean;
  readonly #notifySystemd: Host['notifySystemd'];
  readonly #reloads = { succeeded: 0, failed: 0 };
  readonly #requests = new ReloadRequests();
  #generation = 0;
  #logger: AgentLogger | undefined;

  constructor(load: () => LoadedFiles, watched: boolean, notifySystemd: Host['notifySystemd']) {
    this.#load = load;
    this.#watched = watched;
    this.#notifySystemd = notifySystemd;
  }

  /** @returns the exit status. @throws when the log can't be opened. */
  async run(first: LoadedFiles): Promise<number> {
    const logger = openLog(first.loaded);
    this.#logger = logger;
    const stop = listenForStop(() => this.#log());
    onHangup(
      () => this.#requests.request('SIGHUP'),
      () => stop.hangup(),
    );
    logger.info('starting ebpf-otel-agent', { version: version(), node: process.version, pid: process.pid });
    try {
      const running = await this.#start(first, logger, stop);
      logger.info('everything is ready');
      this.#notify('READY=1');
      return await this.#untilStopped(running, stop);
    } catch (error) {
      logger.error(errorText(error));
      return 1;
    } finally {
      this.#log().close();
    }
  }

  /** A signal during a start or a reload is answered after it: a half-started component has nothing to shut down yet. */
  async #untilStopped(first: Running, stop: StopRequests): Promise<number> {
    let running = first;
    const watcher = new FileWatcher(
      () => this.#log(),
      () => this.#requests.request('a file has changed'),
    );
    for (;;) {
      if (this.#watched) watcher.follow(running.files);
      const asked = await Promise.race([stop.first, this.#requests.next()]);
      if (typeof asked !== 'string') {
        watcher.close();
        this.#notify('STOPPING=1');
        await running.agent.shutdown();
        this.#log().info('shutdown complete');
        return asked.status;
      }
      this.#notify('RELOADING=1');
      running = await this.#replace(running, asked, stop);
      this.#notify('READY=1');
    }
  }

  /** @returns what runs from now on: the successor, or the same when the new config is broken. */
  async #replace(old: Running, reason: string, stop: StopRequests): Promise<Running> {
    old.logger.info('reloading', { reason });
    let logger: AgentLogger | undefined;
    try {
      const next = this.#load();
      logger = openLog(next.loaded);
      this.#logger = logger;
      const running = await this.#start(next, logger, stop);
      this.#reloads.succeeded++;
      await old.agent.shutdown();
      old.logger.close();
      logger.info('reloaded');
      return running;
    } catch (error) {
      this.#reloads.failed++;
      this.#logger = old.logger;
      logger?.close();
      routeDiag(old.logger);
      const faults = error instanceof ConfigError ? error.message.split('\n') : [errorText(error)];
      for (const fault of faults) old.logger.error('not reloaded, the old config stays', { fault });
      return old;
    }
  }

  async #start({ loaded, files }: LoadedFiles, logger: AgentLogger, stop: StopRequests): Promise<Running> {
    routeDiag(logger);
    for (const warning of loaded.warnings) logger.warn('config', { warning });
    const agent = new Agent(loaded.config, {
      version: version(),
      generation: ++this.#generation,
      reloads: this.#reloads,
      logger,
      componentLogger: logger.component,
      onFatal: stop.fatal,
    });
    await agent.start();
    return { agent, logger, files: [...files, ...agent.inputs()] };
  }

  #notify(state: string): void {
    const failure = this.#notifySystemd(state);
    if (failure !== undefined) this.#log().warn('the service manager was not told', { state, reason: failure });
  }

  #log(): AgentLogger {
    if (this.#logger === undefined) throw new Error('no log is open');
    return this.#logger;
  }
}

function openLog({ config }: LoadedConfig): AgentLogger {
  try {
    return createLogger(config.service.telemetry.logs);
  } catch (error) {
    throw new Error(`service::telemetry::logs::output_paths: ${errorText(error)}`, { cause: error });
  }
}
