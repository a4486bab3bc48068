// A map of one process by its name: others on this machine may have maps of the same name.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The kernel keeps so much of a name. */
const NAME_LENGTH = 15;

/** Ids of BPF programs, maps and links that the process holds. */
export async function bpfObjects(pid: number): Promise<{ kind: string; id: number }[]> {
  const infos = await Promise.all(
    (await readdir(`/proc/${pid}/fdinfo`)).map(async (fd) =>
      readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => ''),
    ),
  );
  return infos.flatMap((info) =>
    [...info.matchAll(/^(prog|map|link)_id:\s*(\d+)/gm)].map(([, kind, id]) => ({ kind, id: Number(id) })),
  );
}

/** For the commands of this folder. Throws when the process has no such map. */
export async function mapId(pid: number, name: string): Promise<string> {
  const held = new Set((await bpfObjects(pid)).flatMap(({ kind, id }) => (kind === 'map' ? [id] : [])));
  const { stdout } = await run('bpftool', ['-j', 'map', 'show'], { maxBuffer: 64 << 20 });
  const maps = JSON.parse(stdout) as { id: number; name?: string }[];
  const found = maps.find((map) => held.has(map.id) && map.name === name.slice(0, NAME_LENGTH));
  if (found === undefined) throw new Error(`process ${pid} has no map ${name}`);
  return String(found.id);
}
