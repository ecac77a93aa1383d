import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { isISO8601 } from 'class-validator';

/**
 * Strict, so that a typing error in a schema fails at compilation. `allErrors` stays off: the first error suffices for
 * a response, and a hostile body could otherwise cause millions.
 */
const ajv = formats.default(
  new Ajv({ strict: true, allowUnionTypes: true, allErrors: false, ownProperties: true, inlineRefs: false }),
);
// Times are parsed more widely than RFC 3339: a date alone, or a time without seconds, is valid.
ajv.addFormat('date-time', { type: 'string', validate: (text) => isISO8601(text, { strict: true }) });

const validators = new WeakMap<TSchema, ValidateFunction>();

/**
 * The validator of one of our own schemas; its `errors` are those of the last call. Compiled on first use, because
 * compiling all of them took 7 % of the start, and kept for the lifetime of the process: schemas of clients MUST NOT be
 * passed here.
 */
export function compiled<S extends TSchema>(schema: S): ValidateFunction<Static<S>> {
  const validator = validators.get(schema) ?? ajv.compile(withReferences(schema));
  validators.set(schema, validator);
  return validator as ValidateFunction<Static<S>>;
}

/**
 * The schema with the items of its arrays as definitions, because each definition becomes a function of its own. The
 * engine does not optimise functions as long as those of the largest schemas.
 */
function withReferences(schema: TSchema): object {
  const definitions: unknown[] = [];
  const rewritten = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(rewritten);
    if (typeof part !== 'object' || part === null || '$id' in part) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, value]) => {
        const own = rewritten(value);
        if (name !== 'items' || !isObjectSchema(value)) return [name, own];
        return [name, { $ref: `#/definitions/${definitions.push(own) - 1}` }];
      }),
    );
  };
  return { ...(rewritten(schema) as object), definitions: Object.fromEntries(definitions.entries()) };
}

function isObjectSchema(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'object';
}
