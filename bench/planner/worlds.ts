import { allTruths, drawNetwork, idOf, perturb, stateJoint, stateNetwork, statesOf, statement } from './network';
import { between, drawIndexes, normal, streamOf, wholeBetween, type Random } from '../support/random';
import { COST_SCALE, ask, settles, tool, type State, type World, type WorldOptions } from './world';

/**
 * Makes the world with this number, always the same one; options change what is revealed about it and what things cost.
 */
export type WorldMaker = (index: number, options: WorldOptions) => World;

const SEED = 20_260_204;

const RANDOM_ASSUMPTIONS = 4;
const RANDOM_ACTIONS = 4;

const NETWORK_ASSUMPTIONS = 5;
const NETWORK_ACTIONS = 5;
const NETWORK_PARENTS = 2;
const NETWORK_QUESTIONS = 2;
/** Assumptions that bear on one action. */
const NETWORK_BEARING = 2;

const PLACES = 6;
const LOOKS = 4;
/** Added to weights of mean 1: no place is so unlikely that the planner would round it up. */
const RAREST = 0.05;

/** The rule `evsi`: its rankings are also enough for net value asking. */
const scales = { effortScale: COST_SCALE, messageScale: COST_SCALE, asking: 'evsi' as const };

/** Independent assumptions, a gain for each action in each of the 2^K cases, one question about one assumption. */
export const randomWorld: WorldMaker = (index, { noise, lambda, questionCost }) => {
  const random = streamOf(SEED, 1, index, 0);
  const real = drawNetwork(random, RANDOM_ASSUMPTIONS, 0);
  const told = perturb(real, noise, streamOf(SEED, 1, index, 1));
  const actions = Array.from({ length: RANDOM_ACTIONS }, (_, action) => tool(`act${action}`, costOf(random)));
  const drawn = costOf(random);
  return {
    actions: [...actions, ask('ask', questionCost ?? drawn)],
    gains: actions.flatMap(({ id }) =>
      allTruths(RANDOM_ASSUMPTIONS).map((when) => ({ actionId: id, when, gain: random() })),
    ),
    associations: settles('ask', [idOf(wholeBetween(random, 0, RANDOM_ASSUMPTIONS - 1))]),
    assumptions: stateNetwork(told),
    params: { lambda, ...scales },
    states: statesOf(real, told),
    tries: 1,
  };
};

/** A random network; two assumptions bear on each action; two questions, each about one assumption anywhere in the network. */
export const networkWorld: WorldMaker = (index, { noise, lambda, questionCost }) => {
  const random = streamOf(SEED, 2, index, 0);
  const real = drawNetwork(random, NETWORK_ASSUMPTIONS, NETWORK_PARENTS);
  const told = perturb(real, noise, streamOf(SEED, 2, index, 1));
  const actions = Array.from({ length: NETWORK_ACTIONS }, (_, action) => tool(`act${action}`, costOf(random)));
  const gains = actions.flatMap(({ id }) => {
    const bearing = drawIndexes(random, NETWORK_BEARING, NETWORK_ASSUMPTIONS).map(idOf);
    return allTruths(NETWORK_BEARING).map((truth) => ({
      actionId: id,
      when: Object.fromEntries(bearing.map((name, place) => [name, truth[idOf(place)] === true])),
      gain: random(),
    }));
  });
  const asked = drawIndexes(random, NETWORK_QUESTIONS, NETWORK_ASSUMPTIONS).map(idOf);
  const drawn = asked.map(() => costOf(random));
  return {
    actions: [...actions, ...asked.map((id, place) => ask(`ask-${id}`, questionCost ?? drawn[place] ?? 0))],
    gains,
    associations: asked.flatMap((id) => settles(`ask-${id}`, [id])),
    assumptions: stateNetwork(told),
    params: { lambda, ...scales },
    states: statesOf(real, told),
    tries: 1,
  };
};

/** An object is in one of six places; looking costs; one question asks for the place, another whether it is in one certain place. */
export const searchWorld: WorldMaker = (index, { noise, lambda, questionCost }) => {
  const random = streamOf(SEED, 3, index, 0);
  const noisy = streamOf(SEED, 3, index, 1);
  const places = Array.from({ length: PLACES }, (_, place) => idOf(place));
  const weights = normalise(places.map(() => RAREST - Math.log(1 - random())));
  const believed = normalise(weights.map((weight) => weight * Math.exp(noise * normal(noisy))));
  const states = places.map((here, place): State => ({
    truth: Object.fromEntries(places.map((id) => [id, id === here])),
    weight: weights[place] ?? 0,
    believed: believed[place] ?? 0,
  }));
  const looks = places.map((id) => tool(`look-${id}`, costOf(random)));
  const drawn = [costOf(random), costOf(random) / 2];
  const onePlace = idOf(wholeBetween(random, 0, PLACES - 1));
  return {
    actions: [...looks, ask('ask-where', questionCost ?? drawn[0] ?? 0), ask('ask-one', questionCost ?? drawn[1] ?? 0)],
    gains: places.map((id) => ({ actionId: `look-${id}`, when: { [id]: true }, gain: 1 })),
    associations: [...settles('ask-where', places), ...settles('ask-one', [onePlace])],
    assumptions: stateJoint(states, PLACES, places),
    // Every place needs a separate path for the modes that rank paths.
    params: { lambda, ...scales, depth: PLACES },
    states,
    tries: LOOKS,
  };
};

/** The search world as stated by a caller who gives each place its own probability and no conditional rows. */
export function plainly(world: World): World {
  const places = world.assumptions.map(({ id }) => id);
  const assumptions = places.map((id, place) => ({
    ...statement(place),
    p: Math.min(0.999, Math.max(0.001, world.states[place]?.believed ?? 0)),
    excludes: places.filter((other) => other !== id),
  }));
  return { ...world, assumptions };
}

/** C of an action, from a tenth of the dearest to the dearest. */
function costOf(random: Random): number {
  return between(random, 0.1, 1);
}

function normalise(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
