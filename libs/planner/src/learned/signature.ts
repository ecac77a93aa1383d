import type { Action } from '@assent/contract';
import { inputHashOf } from '../hash';

/**
 * Identifies the same action across runs: by the caller's key, otherwise by tool and canonical arguments.
 * Null for an action with neither, such as a question.
 */
export function signatureOf({ key, tool, args }: Pick<Action, 'key' | 'tool' | 'args'>): string | null {
  if (key !== undefined) return inputHashOf({ key });
  return tool === undefined ? null : inputHashOf({ tool, args: args ?? {} });
}
