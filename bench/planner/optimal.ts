import { agrees, answerTo, chargeOf, gainIn, isAsk, type State, type World } from './world';

/**
 * Value of the best plan in expectation, by dynamic programming over everything that may be learnt: it knows the real
 * probabilities and not the truth. Ground truth, written apart from the planner.
 */
export function bestExpectedValue(world: World): number {
  const known = new Map<string, number>();
  const place = new Map(world.states.map((state, index) => [state, index]));
  const charges = new Map(world.actions.map(({ id }) => [id, chargeOf(world, id)]));
  const gains = new Map(
    world.actions.map(({ id }) => [id, new Map(world.states.map((state) => [state, gainIn(world, id, state.truth)]))]),
  );

  /** Of the states that are still possible, weighed with their probabilities from the start. */
  const valueOf = (possible: readonly State[], offered: readonly string[], attempts: number): number => {
    if (attempts === 0 || possible.length === 0) return 0;
    const key = `${possible.map((state) => place.get(state)).join()}/${offered.join()}/${attempts}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const mass = possible.reduce((total, { weight }) => total + weight, 0);
    const values = offered.map((id) => {
      const left = offered.filter((other) => other !== id);
      const paid = mass * (charges.get(id) ?? 0);
      const action = world.actions.find((candidate) => candidate.id === id);
      if (action && isAsk(action)) {
        return answers(world, id, possible).reduce((total, part) => total + valueOf(part, left, attempts), -paid);
      }
      const gainOf = (state: State) => gains.get(id)?.get(state) ?? 0;
      const gained = possible.reduce((total, state) => total + state.weight * gainOf(state), 0);
      const after =
        world.tries === 1
          ? 0
          : valueOf(
              possible.filter((state) => gainOf(state) === 0),
              left,
              attempts - 1,
            );
      return gained - paid + after;
    });
    const best = values.length === 0 ? 0 : Math.max(...values);
    known.set(key, best);
    return best;
  };

  return valueOf(
    world.states,
    world.actions.map(({ id }) => id),
    world.tries,
  );
}

/** Value for a policy that knows the truth. */
export function oracleValue(world: World): number {
  const acts = world.actions.filter((action) => !isAsk(action));
  return world.states.reduce(
    (total, { truth, weight }) =>
      total + weight * Math.max(...acts.map(({ id }) => gainIn(world, id, truth) - chargeOf(world, id))),
    0,
  );
}

function answers(world: World, askId: string, possible: readonly State[]): State[][] {
  const parts = new Map(
    possible.map(({ truth }) => {
      const answer = answerTo(world, askId, truth);
      return [JSON.stringify(answer), answer];
    }),
  );
  return [...parts.values()].map((answer) => possible.filter(({ truth }) => agrees(answer, truth)));
}
