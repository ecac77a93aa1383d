import type { PipeTransform } from '@nestjs/common';
import type { Static, TSchema } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { AssentError } from '@assent/contract';

const ajv = new Ajv({ strict: false, allErrors: false, ownProperties: true });

/** Holds a body against its schema. @throws AssentError invalid with a pointer */
export class SchemaPipe<T extends TSchema> implements PipeTransform<unknown, Static<T>> {
  private readonly isValid;

  constructor(schema: T) {
    this.isValid = ajv.compile<Static<T>>(schema);
  }

  transform(value: unknown): Static<T> {
    const body = value ?? {};
    if (this.isValid(body)) return body;
    const [error] = this.isValid.errors ?? [];
    const name: unknown = error?.params['additionalProperty'] ?? error?.params['missingProperty'];
    const pointer = `${error?.instancePath ?? ''}${typeof name === 'string' ? `/${name}` : ''}`;
    const problem =
      error?.keyword === 'additionalProperties' ? 'is not a known property' : (error?.message ?? 'is not valid');
    throw new AssentError('invalid', `The body: ${pointer || 'it'} ${problem}.`, { pointer });
  }
}
