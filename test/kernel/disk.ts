// A disk that nobody else uses: in a guest the empty one it is given by TEST_DISK, else a loop device on a file.
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sizeMiB = 64;

export interface TestDisk {
  device: string;
  /** The device's name in metrics. */
  name: string;
}

export async function withDisk<T>(use: (disk: TestDisk) => Promise<T>): Promise<T> {
  const given = process.env['TEST_DISK'];
  if (given !== undefined) return use({ device: given, name: basename(given) });
  const folder = await mkdtemp(join(tmpdir(), 'disk-'));
  try {
    const device = await attach(join(folder, 'image'));
    try {
      return await use({ device, name: basename(device) });
    } finally {
      await run('losetup', ['--detach', device]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Written whole, so that reads go to the disk and not to holes. */
async function attach(image: string): Promise<string> {
  const file = await open(image, 'w');
  for (let mib = 0; mib < sizeMiB; mib++) await file.write(Buffer.alloc(1 << 20, mib + 1));
  await file.close();
  return (await run('losetup', ['--find', '--show', image])).stdout.trim();
}
