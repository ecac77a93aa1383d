import { Type, type ObjectOptions, type Static, type TSchema } from '@sinclair/typebox';

/** Building blocks that several wire shapes share. */
/** One spelling only: ids are compared as text outside the database too. */
export const Uuid = Type.String({
  pattern: '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$',
  description: 'UUID, lower case',
});
/** seq and step are 32-bit integers. */
export const MAX_INTEGER = 2_147_483_647;
export const Timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC, milliseconds' });
export const ContentHash = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'sha256:<64 hex digits> of the stored content bytes',
});
export const Cursor = Type.String({ minLength: 1, maxLength: 512, description: 'Opaque; from the previous page' });
export const PageLimit = Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Items a page' });
export const ClientTraceId = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[\\x21-\\x7e]+$',
  description: "The caller's own correlation id, repeated in every frame and log line of the run",
});
export const IdempotencyKey = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'The same key with the same params answers the stored result for 24 h',
});
export const AnyObject = Type.Record(Type.String(), Type.Unknown());

export function nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** A closed object: an unknown property is an error, so that a typo is not silently ignored. */
export function closed<T extends Record<string, TSchema>>(properties: T, options: ObjectOptions = {}) {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

export function page<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), cursor: nullable(Type.String()) });
}

export function literals<const T extends readonly string[]>(values: T, description?: string) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...(description ? { description } : {}) });
}

export type { Static };
