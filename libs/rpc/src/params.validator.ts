import { Injectable } from '@nestjs/common';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import * as formats from 'ajv-formats';
import { AssentError, METHODS, type MethodName } from '@assent/contract';

/** Checks params against the method table; the schemas are compiled once, at boot. */
@Injectable()
export class ParamsValidator {
  private readonly validators: ReadonlyMap<MethodName, ValidateFunction>;

  constructor() {
    // allErrors stays off: one error is enough to answer, and a hostile body could otherwise make millions.
    const ajv = formats.default(new Ajv({ strict: true, allowUnionTypes: true, allErrors: false }));
    const names = Object.keys(METHODS) as MethodName[];
    this.validators = new Map(names.map((name) => [name, ajv.compile(METHODS[name].params)]));
  }

  /** @throws AssentError invalid, with a JSON pointer to what is wrong */
  check(method: MethodName, params: unknown): void {
    const validate = this.validators.get(method);
    if (!validate || validate(params)) return;
    const [error] = validate.errors ?? [];
    throw new AssentError('invalid', `${method}: ${describe(error)}`, { pointer: pointerOf(error) });
  }
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
