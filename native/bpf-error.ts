/** The one error of this folder: what failed, where, and the lines of libbpf's or the verifier's log that matter. */
import { basename } from 'node:path';

export interface BpfErrorFields {
  readonly code: string;
  readonly operation: string;
  readonly object: string;
  readonly program?: string;
  readonly map?: string;
  /** What to say when there is no log. */
  readonly detail: string;
  readonly log?: string;
}

export class BpfError extends Error {
  override readonly name = 'BpfError';
  /** Name of the errno: 'EPERM', 'ENOENT'; libbpf's own numbers as 'LIBBPF_ERRNO__FORMAT'. */
  readonly code: string;
  /**
   * 'open', 'set_constant', 'set_autoload', 'set_max_entries', 'load', 'attach', 'detach', 'info', 'read', 'lookup',
   * 'update', 'delete', 'ring_buffer', 'perf_buffer', 'consume', 'poll', 'probe'.
   */
  readonly operation: string;
  /** The object's file; '' when it is about none. */
  readonly object: string;
  readonly program?: string;
  readonly map?: string;
  /** All that libbpf and the verifier said during this operation, at most 1 MiB; '' when nothing. */
  readonly log: string;

  constructor(fields: BpfErrorFields) {
    const log = fields.log ?? '';
    const program = fields.program ?? failedProgram(log);
    super(messageOf(fields, program ?? fields.map, log));
    this.code = fields.code;
    this.operation = fields.operation;
    this.object = fields.object;
    if (program !== undefined) this.program = program;
    if (fields.map !== undefined) this.map = fields.map;
    this.log = log;
  }
}

/** `dir/biolatency.bpf.o` to `biolatency`: how a program is called in configs and messages. */
export function objectName(file: string): string {
  return basename(file).replace(/(\.bpf)?\.o$/, '');
}

/** A load fails as a whole; libbpf says which program it was in its lines. */
function failedProgram(log: string): string | undefined {
  return /^libbpf: prog '([^']+)': (?:BPF program load failed|failed to)/m.exec(log)?.[1];
}

function messageOf(fields: BpfErrorFields, subject: string | undefined, log: string): string {
  const head = [objectName(fields.object), [fields.operation, subject].filter(Boolean).join(' '), fields.code].filter(
    Boolean,
  );
  const { text, leftOut } = summaryOf(log, fields.detail);
  const rest = leftOut > 0 ? ` (${leftOut} ${leftOut === 1 ? 'line' : 'lines'} left out)` : '';
  return `${head.join(': ')}: ${text}${rest}`;
}

const VERIFIER_LOG = /-- BEGIN PROG LOAD LOG --\n([\s\S]*?)(?:\n?-- END PROG LOAD LOG --|$)/;
/** Statistics at the end of a verifier's log. */
const STATISTICS = /^(processed \d+ insns|verification time|stack depth|max_states|total_states|peak_states|mark_read)/;
/** Consequences of what an earlier line told. */
const CONSEQUENCE =
  /^libbpf: (failed to load object|prog '[^']*': failed to load: |prog '[^']*': failed to prepare load attributes)/;

/** Causes stand last in the verifier's log and first in libbpf's own lines. */
function summaryOf(log: string, detail: string): { text: string; leftOut: number } {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const verifier =
    VERIFIER_LOG.exec(log)?.[1]
      .split('\n')
      .map((line) => line.trim()) ?? [];
  const verdict = verifier.filter((line) => line !== '' && !STATISTICS.test(line)).slice(-2);
  const causes = lines.filter((line) => line.startsWith('libbpf: ') && !CONSEQUENCE.test(line)).slice(0, 1);
  const shown = verdict.length > 0 ? verdict : causes.map((line) => line.replace(/^libbpf: (prog '[^']*': )?/, ''));
  if (shown.length === 0) return { text: detail, leftOut: lines.length };
  return { text: shown.join('; ').replace(/\.$/, ''), leftOut: lines.length - shown.length };
}
