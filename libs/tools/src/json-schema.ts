import { Ajv2020, type ErrorObject } from 'ajv/dist/2020';

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  /** `pointer` (RFC 6901) is relative to the value; `problem` continues a sentence that begins with it. */
  | { readonly ok: false; readonly pointer: string; readonly problem: string };

/**
 * Strict: a typo in a schema fails at compilation instead of accepting values. No coercion, no defaults, first error only.
 */
const STRICT = { strict: true, allErrors: false, ownProperties: true } as const;
/** Validates schemas against the meta-schema, which is compiled once, on first use. */
let metaSchema: Ajv2020 | undefined;

/**
 * Compiles a JSON schema (2020-12) to a check. Each schema gets its own compiler, because a compiler keeps everything it has
 * compiled, and tools come and go with every client.
 * @throws Error for a schema that is invalid or not strict
 */
export function schemaCheck<T>(schema: object): (value: unknown) => Checked<T> {
  metaSchema ??= new Ajv2020(STRICT);
  if (metaSchema.validateSchema(schema) !== true) throw new Error(metaSchema.errorsText(metaSchema.errors));
  return strictCheck<T>(schema);
}

/**
 * Like `schemaCheck`, for our own schemas: compiles on first use and skips the meta-schema. Doing both for all of them took a
 * sixth of the CPU time of a start.
 */
export function ownSchemaCheck<T>(schema: object): (value: unknown) => Checked<T> {
  let check: ((value: unknown) => Checked<T>) | undefined;
  return (value) => (check ??= strictCheck<T>(schema))(value);
}

function strictCheck<T>(schema: object): (value: unknown) => Checked<T> {
  const validate = new Ajv2020({ ...STRICT, meta: false, validateSchema: false }).compile<T>(schema);
  return (value) => {
    if (validate(value)) return { ok: true, value };
    const [error] = validate.errors ?? [];
    return { ok: false, pointer: error ? pointerOf(error) : '', problem: error ? problemOf(error) : 'is not valid' };
  };
}

function pointerOf(error: ErrorObject): string {
  const extra: unknown = error.params['additionalProperty'] ?? error.params['missingProperty'];
  return typeof extra === 'string'
    ? `${error.instancePath}/${extra.replaceAll('~', '~0').replaceAll('/', '~1')}`
    : error.instancePath;
}

function problemOf(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties') return 'is not a known property';
  if (error.keyword === 'required') return 'is required';
  const allowed: unknown = error.params['allowedValues'];
  if (Array.isArray(allowed)) return `must be one of ${allowed.join(', ')}`;
  return error.message ?? 'is not valid';
}
