import { BOOTSTRAP, bootstrapMean, mean, type BootstrapOptions, type Interval } from '../support/bootstrap';
import { bestExpectedValue, oracleValue } from './optimal';
import { playWorld, type Outcome } from './play';
import type { Policy } from './policies';
import { Session } from './session';
import type { WorldOptions } from './world';
import type { WorldMaker } from './worlds';

export interface Experiment {
  readonly make: WorldMaker;
  readonly options: WorldOptions;
  /** Number of worlds. */
  readonly worlds: number;
  readonly policies: readonly Policy[];
  /** Name of the policy that the others are compared with. */
  readonly against: string;
  readonly bootstrap?: BootstrapOptions;
  /** Called with each world before it is played. */
  readonly visit?: (session: Session) => Promise<void>;
}

/** Means over worlds. */
export interface PolicyResult extends Outcome {
  readonly policy: string;
  /** Below the best plan in expectation, which does not know the truth. */
  readonly regret: number;
  /** Below the oracle, which does. */
  readonly oracleRegret: number;
  /** Regret above that of the policy compared with, world by world; null for that policy itself. */
  readonly difference: Interval | null;
}

/** Plays every policy on the same worlds. Deterministic. */
export async function runExperiment(experiment: Experiment): Promise<PolicyResult[]> {
  const { make, options, worlds, policies, against, bootstrap = BOOTSTRAP } = experiment;
  const played = new Map<string, Outcome[]>(policies.map(({ name }) => [name, []]));
  const best: number[] = [];
  const knowing: number[] = [];
  for (let index = 0; index < worlds; index += 1) {
    const session = new Session(make(index, options));
    await experiment.visit?.(session);
    best.push(bestExpectedValue(session.world));
    knowing.push(oracleValue(session.world));
    for (const policy of policies) played.get(policy.name)?.push(await playWorld(session, policy, index));
  }
  const compared = played.get(against);
  if (!compared) throw new RangeError(`"${against}" is not among the policies of this experiment.`);
  return [...played].map(([policy, outcomes]) => ({
    policy,
    gain: mean(outcomes.map(({ gain }) => gain)),
    paid: mean(outcomes.map(({ paid }) => paid)),
    questions: mean(outcomes.map(({ questions }) => questions)),
    regret: mean(outcomes.map((outcome, index) => (best[index] ?? Number.NaN) - utility(outcome))),
    oracleRegret: mean(outcomes.map((outcome, index) => (knowing[index] ?? Number.NaN) - utility(outcome))),
    difference:
      policy === against
        ? null
        : bootstrapMean(
            outcomes.map((outcome, index) => utility(compared[index]) - utility(outcome)),
            bootstrap,
          ),
  }));
}

function utility(outcome: Outcome | undefined): number {
  return outcome ? outcome.gain - outcome.paid : Number.NaN;
}
