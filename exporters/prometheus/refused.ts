/** Fields that a collector's block may have and this exporter does not: refused by name, with the reason. */
import type { Schema } from '../../src/schema.ts';

/** @param reason continues "is a field of the collector's that this agent does not have: ". */
export function refused(reason: string): Schema<undefined> {
  return {
    expected: 'nothing',
    doc: `Not supported: ${reason}.`,
    optional: true,
    json: { not: {} },
    parse(_value, path, report) {
      report(path, `"${path.at(-1)}" is a field of the collector's that this agent does not have: ${reason}`);
      return undefined;
    },
  };
}
