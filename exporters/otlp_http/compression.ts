/** Bodies of requests, compressed off the main thread. */
import { promisify } from 'node:util';
import { constants, deflate, gzip, zstdCompress } from 'node:zlib';

export type Compression = 'gzip' | 'zstd' | 'zlib' | 'deflate' | 'none';

/** Level 1 costs a third of zlib's default, 6, and its bodies of OTLP are a tenth larger. */
const FAST = 1;
const gzipAsync = promisify(gzip);
const deflateAsync = promisify(deflate);
const zstdAsync = promisify(zstdCompress);

/**
 * @param level of the algorithm; -1: a fast one
 * @returns bytes of its own: `body` may change once this has resolved, and not before
 */
export async function compress(type: Compression, level: number, body: Uint8Array): Promise<Buffer> {
  const chosen = level < 0 ? FAST : level;
  if (type === 'gzip') return gzipAsync(body, { level: chosen });
  if (type === 'zstd') return zstdAsync(body, { params: { [constants.ZSTD_c_compressionLevel]: chosen } });
  return type === 'none' ? Buffer.from(body) : deflateAsync(body, { level: chosen });
}
