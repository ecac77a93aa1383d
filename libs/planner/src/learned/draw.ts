import type { Action, BeliefSource, TreeParams } from '@assent/contract';
import { buildModel, type ModelInput } from '../build-model';
import { draw, type Drawn } from '../draw';
import type { Heading } from '../assemble';
import { study } from '../study';
import { withOutcomes } from './beliefs';
import { learnedFrom, modeFor, type Experience, type Tally } from './experience';
import { explored } from './gains';
import { signatureOf } from './signature';

/** Learned values to combine with the beliefs of a tree, and the beliefs' source. */
export interface Learning {
  readonly experience: Experience | undefined;
  readonly source: BeliefSource;
}

/** The scored tree of beliefs and learned values. Without outcomes it equals the tree of the beliefs, byte for byte. */
export async function drawLearned(
  input: ModelInput,
  heading: Heading,
  { experience, source }: Learning,
): Promise<Drawn & { readonly problems: readonly string[] }> {
  if (!experience) return { ...draw(input, heading), problems: [] };
  const outcomes = await experience.outcomes(input.beliefs.assumptions.map(({ key }) => key));
  const mode = modeFor(experience, source);
  const beliefs = withOutcomes(input.beliefs, outcomes.statements, mode === 'apply');
  const known = withTallies({ ...input, beliefs }, outcomes.actions);
  const hasLearned = known.some(({ learned }) => learned) || beliefs.assumptions.some(({ learned }) => learned);
  const params: TreeParams = hasLearned ? { ...input.params, learning: mode } : input.params;
  return {
    ...draw({ ...input, beliefs, actions: known, params }, heading),
    problems: outcomes.problem === null ? [] : [outcomes.problem],
  };
}

/** Actions with the success rates of their outcomes, where the tree expects its own gain. */
function withTallies(input: ModelInput, tallies: ReadonlyMap<string, Tally>): Action[] {
  const total = [...tallies.values()].reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return [...input.actions];
  // Past outcomes did not depend on facts about this run, so the expected gain ignores these facts.
  const { model, prospect } = study(buildModel({ ...input, resolutions: {} }));
  const gains = prospect.gains.under(model.joint).values;
  return input.actions.map((action, index) => {
    const signature = action.kind === 'tool' || action.kind === 'finish' ? signatureOf(action) : null;
    if (signature === null) return action;
    const tally = tallies.get(signature);
    const stated = Math.min(1, Math.max(0, gains[index] ?? 0));
    const learned = tally ? { ...action, learned: learnedFrom(stated, tally) } : action;
    if ((input.params.explore ?? 0) === 0) return learned;
    return explored({ ...learned, explore: { n: tally?.n ?? 0, total, bonus: 0 } }, input.params);
  });
}
