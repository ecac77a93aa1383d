import { AssentError } from '@assent/contract';

const POINTER = '/args/patch';

/** The error for a patch that does not fit the current text. @param problem continues "The patch" */
export function misfit(problem: string): AssentError {
  return new AssentError('conflict', `The patch ${problem}.`, { pointer: POINTER });
}

/** The error for an invalid or unsupported patch. @param problem continues "The patch" */
export function malformed(problem: string, options?: ErrorOptions): AssentError {
  return new AssentError('invalid', `The patch ${problem}.`, { pointer: POINTER }, options);
}
