import type { Action } from '@assent/contract';
import { inputHashOf } from '../hash';

/**
 * What makes an action the same one in two runs: the key that the caller gave it, else its tool and canonical arguments.
 * Null: an action that neither has, such as a question.
 */
export function signatureOf({ key, tool, args }: Pick<Action, 'key' | 'tool' | 'args'>): string | null {
  if (key !== undefined) return inputHashOf({ key });
  return tool === undefined ? null : inputHashOf({ tool, args: args ?? {} });
}
