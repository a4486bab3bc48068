/** What is answered without looking at a metric: other paths, other methods, bodies that are too large. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PrometheusConfig } from './config.ts';

type Limits = Pick<PrometheusConfig, 'telemetry_path' | 'max_request_body_size'>;

/** True: a scrape, not yet answered. */
export function route(request: IncomingMessage, response: ServerResponse, config: Limits, version: string): boolean {
  const { telemetry_path: telemetryPath } = config;
  if (hasBody(request)) {
    // Nobody reads it, so the connection can't go on.
    response.setHeader('Connection', 'close');
    if (bodyLength(request) > config.max_request_body_size) return plain(response, 413, 'Request body too large.\n');
  }
  const path = pathOf(request.url ?? '');
  if (path !== telemetryPath && path !== '/')
    return plain(response, 404, `Not found. The metrics are at ${telemetryPath}\n`);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return plain(response, 405, 'Method not allowed: metrics are read with GET.\n');
  }
  return path === telemetryPath ? true : landingPage(response, telemetryPath, version);
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
const bodyLength = ({ headers }: IncomingMessage): number => Number(headers['content-length'] ?? 0);

/** Also of a whole URL, as proxies are asked for. */
function pathOf(url: string): string {
  if (url.startsWith('/')) return url.split(/[?#]/, 1)[0];
  return URL.parse(url)?.pathname ?? '';
}

function plain(response: ServerResponse, status: number, text: string): false {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
  return false;
}

function landingPage(response: ServerResponse, path: string, version: string): false {
  const title = 'ebpf-otel-agent';
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><p>Version ${escapeHtml(version)}</p><p><a href="${escapeHtml(path)}">Metrics</a></p></body></html>
`;
  response
    .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'X-Content-Type-Options': 'nosniff' })
    .end(html);
  return false;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
