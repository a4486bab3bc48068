/** Everything that can end the agent, as one promise. */
import type { Logger } from '../component.ts';

/** From the first request on: orderly shutdown, then exit whatever is left. */
export const SHUTDOWN_MS = 5000;
/** Room to write the log line and to exit. */
const MARGIN_MS = 300;

export interface StopRequest {
  /** Exit status. */
  readonly status: 0 | 1;
}

export interface StopRequests {
  /** Resolves at the first request. */
  readonly first: Promise<StopRequest>;
  /** The terminal is gone. */
  readonly hangup: () => void;
  /** A running component can't go on. */
  readonly fatal: (error: Error) => void;
}

/**
 * Installs handlers for the life of the process: SIGTERM and SIGINT ask for an orderly end with status 0, an
 * uncaught error for one with status 1; a second signal, or no end within SHUTDOWN_MS, exits at once with status 1.
 */
export function listenForStop(logger: () => Logger): StopRequests {
  const { promise: first, resolve } = Promise.withResolvers<StopRequest>();
  let asked = false;
  const request = (status: 0 | 1): void => {
    if (asked) return;
    asked = true;
    setTimeout(() => exitNow(logger(), `not shut down within ${SHUTDOWN_MS} ms`), SHUTDOWN_MS - MARGIN_MS).unref();
    resolve({ status });
  };
  const stopBy = (signal: string) => (): void => {
    if (asked) exitNow(logger(), `received ${signal} while shutting down`);
    logger().info('shutting down', { signal });
    request(0);
  };
  process.on('SIGTERM', stopBy('SIGTERM'));
  process.on('SIGINT', stopBy('SIGINT'));
  const fail = (message: string) => (error: unknown) => {
    logger().error(message, { error });
    request(1);
  };
  process.on('uncaughtException', fail('uncaught exception'));
  process.on('unhandledRejection', fail('unhandled rejection'));
  return { first, hangup: stopBy('SIGHUP'), fatal: fail('a component failed') };
}

function exitNow(logger: Logger, reason: string): never {
  logger.error('exiting at once', { reason });
  process.exit(1);
}
