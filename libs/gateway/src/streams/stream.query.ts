import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { AssentError } from '@assent/contract';

/** A repeated query parameter is an array. */
export type StreamParams = Readonly<Partial<Record<'after' | 'types' | 'ticket', string | string[]>>>;

const CURSOR = /^\d{1,9}$/;

/** OpenAPI metadata for the query of a stream. */
export const StreamQuery = (): MethodDecorator =>
  applyDecorators(
    ApiQuery({ name: 'after', required: false, schema: { type: 'integer' } }),
    ApiQuery({ name: 'types', required: false, schema: { type: 'string' } }),
    ApiQuery({ name: 'ticket', required: false, schema: { type: 'string' } }),
  );

/** @throws AssentError invalid for a repeated query parameter */
export function once(value: string | string[] | undefined, name: string): string | undefined {
  if (!Array.isArray(value)) return value;
  throw new AssentError('invalid', `The query has "${name}" twice: send it once.`, { pointer: `/${name}` });
}

/**
 * The requested frame types; empty: all.
 * @param unknown message for an unknown type
 * @throws AssentError invalid
 */
export function typesOf(
  value: string | undefined,
  known: readonly string[],
  unknown: (type: string) => string,
): Set<string> {
  const types = (value ?? '').split(',').filter((type) => type !== '');
  const wrong = types.find((type) => !known.includes(type));
  if (wrong === undefined) return new Set(types);
  throw new AssentError('invalid', unknown(wrong.slice(0, 64)), { pointer: '/types' });
}

/**
 * Sequence number of the last event that the client has.
 * @throws AssentError invalid
 */
export function cursorOf(value: string | undefined): number {
  if (value === undefined || value === '') return 0;
  if (CURSOR.test(value)) return Number(value);
  throw new AssentError(
    'invalid',
    `The cursor "${value.slice(0, 32)}" is not a seq. Send the id of the last event you received.`,
    { pointer: '/after' },
  );
}
