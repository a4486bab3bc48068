// A service manager's end of sd_notify: a datagram socket, which Node does not have, held by Python.
import { startChild, untilChild } from './child.ts';
import type { Child } from './child.ts';

const PROGRAM = `
import socket, sys
path = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\\0" + path[1:] if path.startswith("@") else path)
print("bound", flush=True)
while True:
    print(repr(receiver.recv(4096).decode()), flush=True)
`;

export interface NotifyReceiver {
  /** All states received so far, as Python writes strings. */
  readonly states: () => string[];
  readonly stop: Child['stop'];
}

/** @param path of the socket to make, or `@name` */
export async function startNotifyReceiver(path: string): Promise<NotifyReceiver> {
  const child = await startChild('python3', ['-c', PROGRAM, path]);
  const lines = (): string[] => child.logs().split('\n').slice(0, -1);
  await untilChild(child, 'the socket is bound', async () => lines().includes('bound') || undefined);
  return { states: () => lines().slice(1), stop: child.stop };
}
