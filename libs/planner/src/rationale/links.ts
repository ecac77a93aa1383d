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
  // By variable and action: 1 for a link by false, 2 by true. A gain table may have thousands of literals.
  const found = variables.map(() => new Uint8Array(actions.length));
  const note = (variable: number | undefined, offered: number | undefined, value: boolean): void => {
    const own = found[variable ?? -1];
    if (own && offered !== undefined) own[offered] = (own[offered] ?? 0) | (value ? 2 : 1);
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
    found.flatMap((own, variable) => {
      if (own.every((sides) => sides === 0)) return [];
      const links = Array.from(own).flatMap((sides, offered) =>
        sides === 1 || sides === 2 ? [{ action: offered, value: sides === 2 }] : [],
      );
      return [[variable, links] as const];
    }),
  );
}
