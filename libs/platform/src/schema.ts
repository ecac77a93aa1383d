import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { isISO8601 } from 'class-validator';

/**
 * Strict, so that a typing error in a schema fails at compilation. `allErrors` stays off: the first error suffices for
 * a response, and a hostile body could otherwise cause millions.
 */
const ajv = formats.default(new Ajv({ strict: true, allowUnionTypes: true, allErrors: false, ownProperties: true }));
// Times are parsed more widely than RFC 3339: a date alone, or a time without seconds, is valid.
ajv.addFormat('date-time', { type: 'string', validate: (text) => isISO8601(text, { strict: true }) });

/**
 * The validator of one of our own schemas; its `errors` are those of the last call. Compiled on first use, because
 * compiling all of them took 7 % of the start, and kept for the lifetime of the process: schemas of clients MUST NOT be
 * passed here.
 */
export function compiled<S extends TSchema>(schema: S): ValidateFunction<Static<S>> {
  return ajv.compile<Static<S>>(schema);
}
