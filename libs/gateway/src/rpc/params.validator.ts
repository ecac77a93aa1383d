import { Injectable } from '@nestjs/common';
import { METHODS, type MethodName, type MethodParams } from '@assent/contract';
import { wireCheck, type WireCheck } from '../wire.schema';

/** Validates params against the method table. Schemas are compiled on first use. */
@Injectable()
export class ParamsValidator {
  private readonly checks: Readonly<Record<MethodName, WireCheck<unknown>>>;

  constructor() {
    const names = Object.keys(METHODS) as MethodName[];
    const checks = names.map((name) => [name, wireCheck(METHODS[name].params, name)] as const);
    this.checks = Object.fromEntries(checks) as Record<MethodName, WireCheck<unknown>>;
  }

  /**
   * @returns the same params, typed
   * @throws AssentError invalid, with a JSON pointer to the faulty value
   */
  check<M extends MethodName>(method: M, params: unknown): MethodParams<M> {
    return this.checks[method](params) as MethodParams<M>;
  }
}
