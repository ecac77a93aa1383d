import { Type, type IntegerOptions, type ObjectOptions, type TSchema } from '@sinclair/typebox';

const UUID = '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$';
const UUID_TEXT = new RegExp(UUID);

/** One spelling only: ids are compared as text outside the database too. */
export const Uuid = Type.String({ pattern: UUID, description: 'UUID, lower case' });

/** A malformed id cannot exist; the database would only raise a type error. */
export function isUuid(value: string): boolean {
  return UUID_TEXT.test(value);
}

/** Largest value of a column of type `integer`. */
export const MAX_INTEGER = 2_147_483_647;

/** An integer that a column of type `integer` can hold. Every integer of a request has bounds; this is the widest of them. */
export function boundedInteger(options: IntegerOptions = {}) {
  return Type.Integer({ minimum: 0, maximum: MAX_INTEGER, ...options });
}

/** A quantity that no column of type `integer` holds: it stays in JSON, or is a `bigint`. */
export function largeInteger(options: IntegerOptions = {}) {
  return Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, ...options });
}
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
