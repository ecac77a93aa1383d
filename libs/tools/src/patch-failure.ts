import { AssentError } from '@assent/contract';

const POINTER = '/args/patch';

/** A patch that does not fit what is there. @param problem follows "The patch" */
export function misfit(problem: string): AssentError {
  return new AssentError('conflict', `The patch ${problem}.`, { pointer: POINTER });
}

/** An invalid patch, or one that the file tools do not support. @param problem follows "The patch" */
export function malformed(problem: string, options?: ErrorOptions): AssentError {
  return new AssentError('invalid', `The patch ${problem}.`, { pointer: POINTER }, options);
}
