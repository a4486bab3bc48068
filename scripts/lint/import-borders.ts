// A lint rule: who may import whom. docs and messages speak of the zones below; a file is in the first that matches.
// Tests, benches and scripts may look everywhere, but nobody outside of them may import them.
import { dirname, join, relative } from 'node:path/posix';

interface Zone {
  name: string;
  /** Matched against the path from the repository's root. */
  files: RegExp;
  /** Project files it may import, apart from those in its own `home`. */
  may: RegExp[];
  /** npm packages it may import. `node:` modules are open to all. */
  packages: RegExp[];
  /** In words, for the message. */
  text: string;
}

interface SourceNode {
  type: string;
  value?: unknown;
}
interface ImportNode {
  source?: SourceNode | null;
  argument?: SourceNode;
}
interface RuleContext {
  filename: string;
  cwd: string;
  report(problem: { node: SourceNode; message: string }): void;
}

const openTelemetry = /^@opentelemetry\//;
const kinds = '(receivers|processors|exporters|extensions)';
/** A pattern for these files of src/, and how messages name them. */
function ofSource(...names: string[]): { files: RegExp; text: string } {
  return { files: new RegExp(`^src/(${names.join('|')})\\.ts$`), text: `src/{${names.join(',')}}` };
}

const contracts = ['component', 'schema', 'refused', 'node-builtins', 'metric-batch', 'series-table'];
const forReceivers = ofSource(...contracts, 'key-table', 'decoder-specs', 'yaml-document', 'cgroups');
const forProcessors = ofSource(...contracts, 'decoder-specs', 'monotonic-clock', 'span-fields', 'cgroups');
const forExporters = ofSource(...contracts, 'batch-slice', 'push', 'resource-metrics');

const tests = /(^test\/|^scripts\/|\.(test|bench)\.ts$)/;

const zones: Zone[] = [
  { name: 'native', files: /^native\//, may: [], packages: [], text: 'node: modules only' },
  {
    name: 'src/components.ts and src/main.ts',
    files: /^src\/(components|main)\.ts$/,
    may: [/^src\//, new RegExp(`^${kinds}/[^/]+/index\\.ts$`)],
    packages: [openTelemetry],
    text: "src/ and each component's index.ts",
  },
  {
    name: 'src/config.ts or src/yaml-document.ts',
    files: /^src\/(config|yaml-document)\.ts$/,
    may: [/^src\//],
    packages: [/^yaml$/, /^fastest-levenshtein$/, openTelemetry],
    text: 'src/, yaml and OpenTelemetry',
  },
  {
    name: 'src',
    files: /^src\//,
    may: [/^src\//],
    packages: [/^fastest-levenshtein$/, openTelemetry],
    text: 'src/ and OpenTelemetry; yaml in src/config.ts and src/yaml-document.ts only; components in src/components.ts only',
  },
  {
    name: 'a receiver',
    files: /^receivers\//,
    may: [forReceivers.files, /^native\/index\.ts$/],
    packages: [/^re2js$/, openTelemetry],
    text: `${forReceivers.text}, native/index and its own folder`,
  },
  {
    name: 'an exporter',
    files: /^exporters\//,
    may: [forExporters.files],
    packages: [/^bcryptjs$/, openTelemetry],
    text: `${forExporters.text}, OpenTelemetry, bcryptjs and its own folder`,
  },
  {
    name: 'a processor or extension',
    files: /^(processors|extensions)\//,
    may: [forProcessors.files],
    packages: [/^re2js$/, openTelemetry],
    text: `${forProcessors.text}, OpenTelemetry, re2js and its own folder`,
  },
];

/** The folder whose files may import one another: `native/`, `processors/decode/`. */
function home(file: string): string {
  const component = new RegExp(`^${kinds}/[^/]+/`).exec(file);
  return component === null ? `${file.split('/')[0]}/` : component[0];
}

function mayImportFile(zone: Zone, file: string, target: string): boolean {
  if (tests.test(target)) return false;
  return target.startsWith(home(file)) ? true : zone.may.some((pattern) => pattern.test(target));
}

function mayImport(zone: Zone, file: string, specifier: string): boolean {
  if (specifier.startsWith('node:')) return true;
  if (!specifier.startsWith('.')) return zone.packages.some((pattern) => pattern.test(specifier));
  return mayImportFile(zone, file, join(dirname(file), specifier));
}

function check(context: RuleContext, zone: Zone, file: string, source: SourceNode | null | undefined): void {
  if (source === null || source === undefined) return;
  if (typeof source.value !== 'string') {
    context.report({ node: source, message: 'The name of an imported module must be a string literal here.' });
  } else if (!mayImport(zone, file, source.value)) {
    const target = source.value.startsWith('.') ? join(dirname(file), source.value) : source.value;
    context.report({ node: source, message: `${file} imports ${target}: ${zone.name} may import ${zone.text}.` });
  }
}

function create(context: RuleContext): Record<string, (node: ImportNode) => void> {
  const file = relative(context.cwd, context.filename);
  const zone = zones.find(({ files }) => files.test(file));
  if (zone === undefined || tests.test(file)) return {};
  const checkSource = (node: ImportNode): void => check(context, zone, file, node.source);
  return {
    ImportDeclaration: checkSource,
    ImportExpression: checkSource,
    ExportNamedDeclaration: checkSource,
    ExportAllDeclaration: checkSource,
    TSImportType: checkSource,
  };
}

// The linter wants a plugin as a default export.
export default { meta: { name: 'project' }, rules: { 'import-borders': { meta: { type: 'problem' }, create } } };
