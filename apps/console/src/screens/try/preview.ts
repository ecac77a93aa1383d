import type { MethodParams, StartParams } from '@assent/contract';

/** What `tree/score` is asked for these params; null: no action is written yet, or the server builds the tree with a model. */
export function previewOf(value: unknown): MethodParams<'tree/score'> | null {
  if (typeof value !== 'object' || value === null) return null;
  // Not checked here: the server says what is wrong, with a pointer.
  const { actions, beliefs, trace, params } = value as Partial<StartParams>;
  if (actions === undefined || (Array.isArray(actions) && actions.length === 0)) return null;
  const weights = params === undefined ? {} : { params };
  if (beliefs !== undefined) return { actions, beliefs, ...weights };
  return trace === undefined ? null : { actions, trace, ...weights };
}
