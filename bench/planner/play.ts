import type { Policy } from './policies';
import { streamOf } from '../support/random';
import type { Knowledge, Session } from './session';
import { answerTo, chargeOf, gainIn, isAsk, type State } from './world';

/** What one policy came to; an expectation over the states of a world, or a mean over worlds. */
export interface Outcome {
  /** In the search world: the share of cases in which the thing was found. */
  readonly gain: number;
  /** lambda * C of everything done. */
  readonly paid: number;
  readonly questions: number;
}

const NOTHING: Outcome = { gain: 0, paid: 0, questions: 0 };
const RANDOM_POLICY_SEED = 77;

/** The exact expectation over what may be true: every state is played and weighed with its real probability. */
export async function playWorld(session: Session, policy: Policy, index: number): Promise<Outcome> {
  let total = NOTHING;
  for (const [place, state] of session.world.states.entries()) {
    const { gain, paid, questions } = await playState(
      session,
      policy,
      state,
      streamOf(RANDOM_POLICY_SEED, index, place),
    );
    total = {
      gain: total.gain + state.weight * gain,
      paid: total.paid + state.weight * paid,
      questions: total.questions + state.weight * questions,
    };
  }
  return total;
}

/** Chooses. A question costs its price, and its answer leads to a new score; an act gains, and the episode continues or stops. */
async function playState(session: Session, policy: Policy, state: State, random: () => number): Promise<Outcome> {
  const { world } = session;
  let outcome = NOTHING;
  let knowledge: Knowledge = { resolutions: {}, offered: world.actions.map(({ id }) => id) };
  for (let attempts = 0; attempts < world.tries;) {
    const tree = await session.planAt(knowledge, policy.telling);
    const id = policy.choose({ world, tree, questions: outcome.questions, random, state });
    const action = tree.actions.find((offered) => offered.id === id);
    if (!action) throw new RangeError(`${policy.name} chose ${id}, which is not on offer`);
    const paid = outcome.paid + chargeOf(world, id);
    const offered = knowledge.offered.filter((other) => other !== id);
    if (isAsk(action)) {
      outcome = { ...outcome, paid, questions: outcome.questions + 1 };
      knowledge = { offered, resolutions: { ...knowledge.resolutions, ...answerTo(world, id, state.truth) } };
      continue;
    }
    const gain = gainIn(world, id, state.truth);
    outcome = { ...outcome, paid, gain };
    if (gain > 0) return outcome;
    knowledge = { offered, resolutions: { ...knowledge.resolutions, ...refutedBy(session, id) } };
    attempts += 1;
  }
  return outcome;
}

/** An act without gain refutes its assumptions. */
function refutedBy({ world }: Session, actionId: string): Record<string, boolean> {
  const rows = world.gains.filter((row) => row.actionId === actionId && row.gain === 1);
  const needed = rows.flatMap(({ when }) => Object.entries(when));
  return Object.fromEntries(needed.map(([id, value]) => [id, !value]));
}
