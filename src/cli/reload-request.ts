/** What asks for a reload: SIGHUP, and with `--watch` a change of the files that config and programs came from. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../component.ts';
import { crypto } from '../node-builtins.ts';

/** Editors and Kubernetes write files in several steps. */
const SETTLE_MS = 250;

/** Requests that come during a reload are one more after it. */
export class ReloadRequests {
  #asked = Promise.withResolvers<string>();

  request(reason: string): void {
    this.#asked.resolve(reason);
  }

  /** Resolves with the reason, at once when a request is waiting. One caller at a time. */
  async next(): Promise<string> {
    const reason = await this.#asked.promise;
    this.#asked = Promise.withResolvers();
    return reason;
  }
}

/**
 * Calls `reload` at each SIGHUP, or `gone` when it says that the terminal which the agent was started from has been closed.
 * For the life of the process.
 */
export function onHangup(reload: () => void, gone: () => void): void {
  const fromTerminal = hasTerminal();
  process.on('SIGHUP', () => (fromTerminal && !hasTerminal() ? gone() : reload()));
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** Follows files by their folders, since they are often replaced and not written; tells when what they hold has changed. */
export class FileWatcher {
  readonly #logger: () => Logger;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: readonly string[] = [];
  #digest = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: () => Logger, changed: () => void) {
    this.#logger = logger;
    this.#changed = changed;
  }

  /** These from now on, as they are now. Files that do not exist are waited for. */
  follow(files: readonly string[]): void {
    this.#files = [...new Set(files)].sort();
    this.#digest = digestOf(this.#files);
    const folders = new Set(this.#files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#look());
      watcher.on('error', (error) => this.#logger().warn('files are not watched', { folder, error }));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#logger().warn('files are not watched', { folder, error });
    }
  }

  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (digestOf(this.#files) !== this.#digest) this.#changed();
    }, SETTLE_MS).unref();
  }
}

function digestOf(files: readonly string[]): string {
  const hash = crypto.createHash('sha256');
  for (const file of files) hash.update(`${file}\n`).update(contentOf(file)).update('\n');
  return hash.digest('hex');
}

function contentOf(file: string): Uint8Array | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? '';
  }
}
