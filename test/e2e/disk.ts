// Work that the shipped programs see: synced writes on the disk under the repository.
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../support/agent.ts';

/** `count` writes of 4 KiB, each on the disk before the next begins. */
export async function syncedWrites(count: number): Promise<void> {
  const file = join(repository, `synced-writes-${process.pid}`);
  const handle = await open(file, 'w');
  try {
    for (let done = 0; done < count; done++) {
      await handle.write(Buffer.alloc(4096, done + 1), 0, 4096, 0);
      await handle.sync();
    }
  } finally {
    await handle.close();
    await rm(file);
  }
}
