/**
 * Schemas of config blocks: each field's type, default and doc text stand once, here in use, and give validation,
 * redaction, `components` output and the JSON Schema for editors.
 *
 * `parse` takes what YAML gave, reports every error with the path it stands at, and answers `undefined` where it reported.
 */
export { anything, headers, list, map, object, optional } from './schema/composites.ts';
export { describe, didYouMean, fail } from './schema/messages.ts';
export { redact } from './schema/redact.ts';
export {
  bcryptHash,
  boolean,
  duration,
  hostPort,
  httpUrl,
  integer,
  number,
  oneOf,
  secret,
  string,
  text,
} from './schema/scalars.ts';
export { Expanded, isMap } from './schema/types.ts';
export type { Infer, JsonSchema, ObjectSchema, Path, Report, Schema } from './schema/types.ts';
