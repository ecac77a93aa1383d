import { mean } from '../support/bootstrap';
import { runExperiment, type PolicyResult } from './experiment';
import { rankedAsks, LITERAL, policiesNamed } from './policies';
import type { Session } from './session';
import type { WorldMaker } from './worlds';

export const NET_VALUE = 'expected, net value asking';
export const NEVER = 'expected, never ask';
export const ALWAYS = 'expected, always ask first';

/** The asking rule at one price, judged at the first decision of each world, as shares of the worlds. */
export interface AskingResult {
  readonly lambda: number;
  readonly questionCost: number;
  /** Some EVSI is above lambda * C of its question. */
  readonly worthAsking: number;
  /** `expected` asks by the rule `evsi`. */
  readonly asks: number;
  /** Worth asking, but the rule `evsi` acts. */
  readonly missed: number;
  /** Not worth asking, but the rule `evsi` asks. */
  readonly needless: number;
  /** Difference of regret is against net value asking. */
  readonly results: readonly PolicyResult[];
}

export interface AskingPrices {
  readonly lambdas: readonly number[];
  readonly questionCosts: readonly number[];
}

/** Compares the asking rule `evsi` with others while the weight of costs and the price of a question vary. */
export async function runAsking(
  make: WorldMaker,
  worlds: number,
  { lambdas, questionCosts }: AskingPrices,
): Promise<AskingResult[]> {
  const rows: AskingResult[] = [];
  for (const lambda of lambdas) {
    for (const questionCost of questionCosts) {
      const firsts: { readonly worth: boolean; readonly asked: boolean }[] = [];
      const results = await runExperiment({
        make,
        worlds,
        options: { noise: 0, lambda, questionCost },
        policies: policiesNamed(LITERAL, NET_VALUE, NEVER, ALWAYS),
        against: NET_VALUE,
        visit: async (session) => {
          firsts.push(await firstDecision(session));
        },
      });
      const share = (judge: (first: (typeof firsts)[number]) => boolean) => mean(firsts.map((of) => Number(judge(of))));
      rows.push({
        lambda,
        questionCost,
        worthAsking: share(({ worth }) => worth),
        asks: share(({ asked }) => asked),
        missed: share(({ worth, asked }) => worth && !asked),
        needless: share(({ worth, asked }) => !worth && asked),
        results,
      });
    }
  }
  return rows;
}

async function firstDecision(session: Session): Promise<{ worth: boolean; asked: boolean }> {
  const offered = session.world.actions.map(({ id }) => id);
  const tree = await session.planAt({ resolutions: {}, offered }, 'stated');
  const asks = rankedAsks(tree);
  const chosen = tree.rankings.expected[0]?.actionId;
  return { worth: asks.some(({ U }) => U > 0), asked: asks.some(({ actionId }) => actionId === chosen) };
}
