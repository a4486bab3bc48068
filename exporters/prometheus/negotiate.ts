/** Content negotiation of a scrape: page format and compression (RFC 9110, 12.4 and 12.5). */
import type { Format } from './line-shape.ts';

interface Clause {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const MAX_CLAUSES = 64;
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export interface Chosen {
  readonly format: Format;
  readonly contentType: string;
}

/** Clauses by descending quality, equal ones in their order; those of quality 0 are kept, at the end. */
function clauses(header: string): Clause[] {
  const parts = header.split(',', MAX_CLAUSES).filter((part) => part.trim() !== '');
  return parts.map(clause).sort((a, b) => b.quality - a.quality);
}

function clause(text: string): Clause {
  const [value, ...rest] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameters = new Map(rest.map((part) => pair(part)));
  const quality = Number(parameters.get('q') ?? 1);
  return { value, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

function pair(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 0) return [text, ''];
  return [
    text.slice(0, equals).trim(),
    text
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1'),
  ];
}

/** Who accepts neither format gets the text format all the same, as from every exporter. */
export function chooseFormat(accept: string | undefined, openMetrics: boolean): Chosen {
  for (const { value, parameters, quality } of clauses(accept ?? '')) {
    if (quality === 0) break;
    const version = parameters.get('version');
    if (openMetrics && value === 'application/openmetrics-text' && (version === undefined || version === '1.0.0')) {
      return { format: 'openmetrics', contentType: withEscaping(OPEN_METRICS, parameters) };
    }
    if (value === 'text/plain' && (version === undefined || version === '0.0.4' || version === '1.0.0')) {
      return { format: 'text', contentType: withEscaping(TEXT, parameters) };
    }
    if (value === '*/*' || value === 'text/*') break;
  }
  return { format: 'text', contentType: TEXT };
}

/** Prometheus 3 names an escaping of names; whichever it is, this page has them with underscores. */
const withEscaping = (contentType: string, parameters: ReadonlyMap<string, string>): string =>
  parameters.has('escaping') ? `${contentType}; escaping=underscores` : contentType;

/** gzip where the client takes it and does not like the page as it is better. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const qualities = new Map(clauses(acceptEncoding ?? '').map(({ value, quality }) => [value, quality]));
  const gzip = qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0;
  return gzip > 0 && gzip >= (qualities.get('identity') ?? 0);
}
