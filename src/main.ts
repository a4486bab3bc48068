/** The command line: `node src/main.ts run | exporter | validate | print-config | components | doctor`. */
import { dirname } from 'node:path';
import { reExecute, restartWithWarmCache } from './cli/re-exec.ts';

const receiver = async () => import('../receivers/ebpf/index.ts');
const args = process.argv.slice(2);
const script = import.meta.filename;
// systemd's sockets are to go on to the process that listens on them.
if (process.env.LISTEN_PID === String(process.pid)) (await receiver()).keepInheritedSockets();
if (/^((run|exporter)$|--?(config|set)\b)/.test(args[0] ?? '')) reExecute(dirname(import.meta.dirname), script, args);

const { runCli } = await import('./cli/cli.ts');
const status = await runCli(args, {
  components: async () => (await import('./components.ts')).components,
  doctor: async () => (await receiver()).doctor(),
  host: receiver,
  beforeStart: () => restartWithWarmCache(script, args),
  env: process.env,
  cwd: process.cwd(),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exit(status);
