import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { isISO8601 } from 'class-validator';

/**
 * Strict, so that a typo in a schema fails when it is compiled. `allErrors` stays off: the first error is enough to answer, and a
 * hostile body could otherwise make millions.
 */
const ajv = formats.default(new Ajv({ strict: true, allowUnionTypes: true, allErrors: false, ownProperties: true }));
// A time is read more widely than RFC 3339 writes it: a date alone, or a time without seconds, is enough.
ajv.addFormat('date-time', { type: 'string', validate: (text) => isISO8601(text, { strict: true }) });

/**
 * The check of one of our own schemas; its `errors` are those of the last call. Compiled when it is first asked for, because to
 * compile all of them took 7 % of the start, and kept for as long as the process: schemas of clients MUST NOT come here.
 */
export function compiled<S extends TSchema>(schema: S): ValidateFunction<Static<S>> {
  return ajv.compile<Static<S>>(schema);
}
