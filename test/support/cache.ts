// The user's cache folder for what tests fetch or build once: outside of the repository, safe to delete at any time.
import { homedir } from 'node:os';
import { join } from 'node:path';

export const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ebpf-otel-agent');
