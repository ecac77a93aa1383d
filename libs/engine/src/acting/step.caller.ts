import { isDeepStrictEqual } from 'node:util';
import type { StartParams } from '@assent/contract';
import type { ToolCaller } from '@assent/tools';
import type { Work } from '../work';

/** Whoever started the run: what the planner chooses is done on their behalf. */
export function callerOf({ run: { tenantId, requester, authority } }: Pick<Work, 'run'>, tainted: boolean): ToolCaller {
  return { tenantId, subject: requester, authority, tainted };
}

/** Only a call that the caller gave word for word is theirs; everything else, and what was revised, may carry text from outside. */
export function isTainted(
  params: StartParams | null,
  { tool, args, revised }: { readonly tool?: string; readonly args?: object; readonly revised?: boolean },
): boolean {
  if (revised === true) return true;
  const given = params?.actions?.some(
    (action) => action.tool === tool && isDeepStrictEqual(action.args ?? {}, args ?? {}),
  );
  return given !== true;
}
