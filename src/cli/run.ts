import { Agent } from '../agent.ts';
import type { LoadedConfig } from '../config.ts';
import { loadConfig } from '../config.ts';
import { errorText } from '../log-line.ts';
import type { AgentLogger } from '../logger.ts';
import { createLogger, routeDiag } from '../logger.ts';
import type { Action } from './command.ts';
import { sourceOptions, withConfig } from './config-source.ts';
import { listenForStop } from './stop-request.ts';
import { version } from './version.ts';

const ALIVE_MS = 1 << 30;

/** Nothing is started before the whole config is known to be right. */
export const run: Action = async (values, context) => {
  const components = await context.components();
  context.beforeStart();
  const loaded = await withConfig(context, async () =>
    loadConfig({ ...sourceOptions(values, context), components, checkFiles: false }),
  );
  if (loaded === undefined) return 1;
  const logger = openLog(loaded, context.err);
  if (logger === undefined) return 1;
  routeDiag(logger);
  for (const warning of loaded.warnings) logger.warn('config', { warning });
  const status = await runAgent(loaded, logger);
  logger.close();
  return status;
};

function openLog({ config }: LoadedConfig, err: (text: string) => void): AgentLogger | undefined {
  try {
    return createLogger(config.service.telemetry.logs);
  } catch (error) {
    err(`service::telemetry::logs::output_paths: ${errorText(error)}\n`);
    return undefined;
  }
}

/** A signal during the start is answered after it: a half-started component has nothing to shut down yet. */
async function runAgent({ config }: LoadedConfig, logger: AgentLogger): Promise<number> {
  const stop = listenForStop(logger);
  // Signals and ring buffers do not keep Node running; an agent that only pushes spans has nothing else that would.
  const alive = setInterval(() => {}, ALIVE_MS);
  const about = { version: version(), node: process.version, pid: process.pid };
  logger.info('starting ebpf-otel-agent', about);
  try {
    const agent = new Agent(config, {
      version: about.version,
      logger,
      componentLogger: logger.component,
      onFatal: stop.fatal,
    });
    await agent.start();
    logger.info('everything is ready');
    const { status } = await stop.first;
    await agent.shutdown();
    logger.info('shutdown complete');
    return status;
  } catch (error) {
    logger.error(errorText(error));
    return 1;
  } finally {
    clearInterval(alive);
  }
}
