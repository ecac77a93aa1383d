import type { Model } from '../model';

/** An action that an assumption favours by an association or a gain row, and the truth value with which it does. */
export interface Link {
  /** Position of the action. */
  readonly action: number;
  readonly value: boolean;
}

/** Links by variable. An action favoured by both truth values of an assumption is not linked. */
export function linksOf({ actions, associations, gains, variables }: Model): ReadonlyMap<number, readonly Link[]> {
  const position = new Map(variables.map(({ id }, variable) => [id, variable]));
  const action = new Map(actions.map(({ id }, index) => [id, index]));
  const values = new Map<number, Map<number, Set<boolean>>>();
  const note = (variable: number | undefined, offered: number | undefined, value: boolean): void => {
    if (variable === undefined || offered === undefined) return;
    const own = values.get(variable) ?? new Map<number, Set<boolean>>();
    own.set(offered, (own.get(offered) ?? new Set()).add(value));
    values.set(variable, own);
  };
  for (const { assumptionId, actionId, value } of associations)
    note(position.get(assumptionId), action.get(actionId), value);
  for (const [actionId, { table }] of gains ?? []) {
    const offered = action.get(actionId);
    for (const { when, value: gain } of table) {
      if (gain > 0) for (const { variable, value } of when) note(variable, offered, value);
    }
  }
  return new Map(
    [...values].map(([variable, own]) => [
      variable,
      [...own]
        .flatMap(([offered, found]) => (found.size === 1 ? [{ action: offered, value: found.has(true) }] : []))
        .sort((a, b) => a.action - b.action),
    ]),
  );
}
