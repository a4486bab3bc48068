/** The grammar of `${…}`: references nest, `$$` is a `$`, everything else (`$NAME`, an unclosed `${`) is plain text. */

export interface Reference {
  readonly body: Template;
}
/** Text and references in turn. */
export type Template = readonly (string | Reference)[];

export function parseTemplate(text: string): Template {
  return text.includes('$') ? parseParts(text, 0, false).parts : [text];
}

interface Parsed {
  readonly parts: Template;
  /** Where the text after the closing `}` begins; undefined when the text ended first. */
  readonly end: number | undefined;
}

/** Linear: what follows an unclosed `${` is parsed once, for the outermost as for the innermost. */
function parseParts(text: string, from: number, closing: boolean): Parsed {
  const parts: (string | Reference)[] = [];
  const marks = /\$\$|\$\{|\}/g;
  let at = from;
  for (let mark = next(marks, text, at); mark !== null; mark = next(marks, text, at)) {
    push(parts, text.slice(at, mark.index));
    at = marks.lastIndex;
    if (mark[0] === '$$') push(parts, '$');
    else if (mark[0] === '${') {
      const inner = parseParts(text, at, true);
      if (inner.end === undefined) {
        push(parts, '${');
        for (const part of inner.parts) push(parts, part);
        return { parts, end: undefined };
      }
      parts.push({ body: inner.parts });
      at = inner.end;
    } else if (closing) return { parts, end: at };
    else push(parts, '}');
  }
  push(parts, text.slice(at));
  return { parts, end: undefined };
}

function next(marks: RegExp, text: string, from: number): RegExpExecArray | null {
  marks.lastIndex = from;
  return marks.exec(text);
}

/** Joins neighbouring text. */
function push(parts: (string | Reference)[], part: string | Reference): void {
  const last = parts.at(-1);
  if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
  else if (part !== '') parts.push(part);
}

/** What stands between `${` and `}`. */
export type Target =
  | { readonly scheme: 'env'; readonly name: string; readonly fallback?: string }
  | { readonly scheme: 'file'; readonly content: string }
  | { readonly scheme: 'yaml'; readonly content: string }
  | { readonly error: string };

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):(?!-)([^]*)$/;
const VARIABLE = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
export const SCHEMES = 'env:, file: and yaml:';

export function parseTarget(uri: string): Target {
  const [, scheme = 'env', content = uri] = SCHEME.exec(uri) ?? [];
  if (scheme === 'file' || scheme === 'yaml') return { scheme, content };
  if (scheme === 'http' || scheme === 'https') return { error: remoteRefused(scheme) };
  if (scheme !== 'env') return { error: `unknown scheme "${scheme}:" in \${${shorten(uri)}}; known: ${SCHEMES}` };
  const split = content.indexOf(':-');
  const name = split < 0 ? content : content.slice(0, split);
  if (VARIABLE.test(name)) return { scheme, name, fallback: split < 0 ? undefined : content.slice(split + 2) };
  return { error: `"${shorten(name)}" is no name of an environment variable; write $\${…} for a literal \${…}` };
}

export const remoteRefused = (scheme: string): string =>
  `${scheme}: is not supported: a config fetched over the network runs as root here; fetch it yourself and use file:`;

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
