import type { RankedAction, Rationale } from '@assent/contract';
import type { Study } from '../study';
import { utility } from '../value';
import { groundsOf } from './grounds';
import { lensOf } from './lens';
import { sentenceOf } from './sentence';

/** Explains why the first action of a ranking was chosen. */
export function rationaleOf(studied: Study, ranking: readonly RankedAction[]): Rationale | null {
  const { actions, variables, resolves } = studied.model;
  const chosen = actions.findIndex(({ id }) => id === ranking[0]?.actionId);
  const action = actions[chosen];
  if (!action) return null;
  const asked = new Set((resolves[chosen] ?? []).flatMap((variable) => variables[variable]?.id ?? []));
  const grounds = groundsOf(studied, chosen, lensOf(studied));
  return {
    sentence: sentenceOf(action, grounds, actions, asked),
    actionId: action.id,
    alternative: alternativeTo(chosen, ranking, studied),
    for: [...grounds.for],
    against: [...grounds.against],
  };
}

/** The runner-up; if the ranking has a single action, the other action with the best expected utility. */
function alternativeTo(chosen: number, [, second]: readonly RankedAction[], { model, prospect }: Study): string | null {
  if (second) return second.actionId;
  const others = model.actions.flatMap(({ id }, index) =>
    index === chosen ? [] : [{ id, U: utility(index, model.joint, prospect) }],
  );
  return (
    others.reduce<(typeof others)[number] | null>((best, one) => (best && best.U >= one.U ? best : one), null)?.id ??
    null
  );
}
