// The agent as ebpf_exporter's users start it: `node src/main.ts exporter FLAGS`.
import { join } from 'node:path';
import { repository, runAgent } from '../support/agent.ts';
import { freePort, startChild, untilChild } from '../support/child.ts';
import type { Child } from '../support/child.ts';
import { parsePage } from '../support/page.ts';
import type { Page } from '../support/page.ts';

export interface Served extends Child {
  readonly url: string;
  readonly page: () => Promise<Page>;
}

type Environment = Record<string, string | undefined>;

/** On a free port of the loopback; resolves when it serves. */
export async function startExporter(flags: string[], env?: Environment): Promise<Served> {
  const port = await freePort();
  const child = await runAgent(['exporter', `--web.listen-address=127.0.0.1:${port}`, ...flags], env);
  return served(child, `http://127.0.0.1:${port}/metrics`);
}

export async function served(child: Child, url: string): Promise<Served> {
  const page = async (): Promise<Page> => {
    const response = await fetch(url);
    if (response.status !== 200) throw new Error(`GET ${url}: ${response.status}`);
    return parsePage(await response.text());
  };
  await untilChild(child, `the agent answers ${url}`, page).catch(async (error: unknown) => {
    await child.stop('SIGKILL');
    throw error;
  });
  return { ...child, url, page };
}

/** What systemd does with a socket unit, in a process that then becomes the agent. */
const ACTIVATE = `
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
fd = int(sys.argv[1])
os.dup2(listener.fileno(), fd)
os.set_inheritable(fd, True)
if fd == 3:
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
`;

/** @param fd 0: as standard input; 3: as systemd passes it */
export async function startActivated(fd: 0 | 3, args: string[], env: Environment = {}): Promise<Served> {
  const command = [process.execPath, join(repository, 'src/main.ts'), ...args];
  const child = await startChild('python3', ['-c', ACTIVATE, String(fd), ...command], { cwd: repository, env });
  const port = await untilChild(child, 'the socket is bound', async () => /^port (\d+)$/m.exec(child.logs())?.[1]);
  return served(child, `http://127.0.0.1:${port}/metrics`);
}
