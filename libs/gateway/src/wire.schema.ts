import type { ErrorObject } from 'ajv';
import type { Static, TSchema } from '@sinclair/typebox';
import { AssentError } from '@assent/contract';
import { compiled } from '@assent/platform';

/** @throws AssentError invalid, with a JSON pointer into the value */
export type WireCheck<T> = (value: unknown) => T;

/**
 * Validates values against one schema of the contract. All client input, on both transports, is validated only here.
 * @param subject name of the value in messages, e.g. the method
 */
export function wireCheck<S extends TSchema>(schema: S, subject: string): WireCheck<Static<S>> {
  return (value) => {
    const isValid = compiled(schema);
    if (isValid(value)) return value;
    const [error] = isValid.errors ?? [];
    throw new AssentError('invalid', `${subject}: ${describe(error)}`, { pointer: pointerOf(error) });
  };
}

/** Whether a value matches a schema of the contract, for callers that throw their own error. */
export function wireMatch<S extends TSchema>(schema: S): (value: unknown) => value is Static<S> {
  return (value): value is Static<S> => compiled(schema)(value);
}

/** A TypeBox schema as plain JSON, without symbols. */
export function plainSchema(schema: TSchema): Record<string, never> {
  return JSON.parse(JSON.stringify(schema)) as Record<string, never>;
}

function describe(error: ErrorObject | undefined): string {
  if (!error) return 'the params are not valid.';
  const where = error.instancePath === '' ? 'params' : error.instancePath;
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'additionalProperties':
      return `${where} has the unknown property "${String(params['additionalProperty'])}".`;
    case 'required':
      return `${where} lacks "${String(params['missingProperty'])}".`;
    case 'enum':
      return `${where} must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}.`;
    default:
      return `${where} ${error.message ?? 'is not valid'}.`;
  }
}

function pointerOf(error: ErrorObject | undefined): string {
  const params = (error?.params ?? {}) as Readonly<Record<string, unknown>>;
  const extra = params['additionalProperty'] ?? params['missingProperty'];
  const tail = typeof extra === 'string' ? `/${extra.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
  return `${error?.instancePath ?? ''}${tail}`;
}
