/** What a service manager and its service tell each other: sd_notify(3) and sd_listen_fds(3). */
import { addon } from './addon.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The first descriptor that sd_listen_fds(3) passes. */
const FIRST_SOCKET = 3;

/**
 * Tells the service manager a state such as `READY=1`; without one (no NOTIFY_SOCKET) there is nothing to tell.
 * Never throws and never blocks. @returns why it could not be told, for the log
 */
export function notifySystemd(state: string, env: Environment = process.env): string | undefined {
  const socket = env.NOTIFY_SOCKET;
  if (socket === undefined || socket === '') return undefined;
  if (!/^[/@][^\0]+$/.test(socket)) return `NOTIFY_SOCKET=${socket}: expected a path or @name`;
  // Type=notify-reload wants the time of the request with it.
  const text = state === 'RELOADING=1' ? `${state}\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}` : state;
  const reason = addon.notifySystemd(socket, text);
  return reason === undefined ? undefined : `NOTIFY_SOCKET=${socket}: ${reason}`;
}

/** Node closes what it inherited when it is replaced by another program: sockets of systemd are to go on to that. */
export function keepInheritedSockets(env: Environment = process.env): void {
  if (env.LISTEN_PID !== String(process.pid)) return;
  for (let i = 0; i < Number(env.LISTEN_FDS ?? 0); i++) if (!addon.keepOpen(FIRST_SOCKET + i)) return;
}
