import type { ActionInput, AssumptionInput, GainRow, PlannerMode, Tree, TreeLeaf } from '@assent/contract';
import { plan, replan } from '@assent/planner';
import { gainIn, leavesOf, probabilityOfWorld, TEXTBOOK_NETWORKS, worldsOf, type World } from '@assent/planner/testing';
import { allTruths, drawNetwork, idOf, stateNetwork } from './planner/network';
import { agrees } from './planner/world';
import { mean } from './support/bootstrap';
import { between, streamOf } from './support/random';
import type { BenchReport, Figure } from './support/report';

/** A decision with known probabilities: its beliefs are the truth. */
interface Decision {
  readonly assumptions: readonly AssumptionInput[];
  readonly actions: readonly ActionInput[];
  readonly gains: readonly GainRow[];
  /** Ids of what becomes known: the effects. */
  readonly symptoms: readonly string[];
}

/** A world with its probability, computed by the chain rule, independently of the planner. */
interface Weighed {
  readonly truth: World;
  readonly p: number;
}

type Policy = (before: Tree, after: Tree) => string;

const SEED = 20_261;
const RANDOM_NETWORKS = 300;
const SIZE = 5;
const MAX_PARENTS = 2;
const EFFORTS = [3, 6, 12];
const LAMBDA = 0.5;
/** Costs below it count as it, so that an action that costs nothing does not win by division. */
const COST_MIN = 0.01;
const REGRET_MAX = 1e-9;

const firstOf =
  (mode: PlannerMode): Policy =>
  (_, after) =>
    after.rankings[mode][0]?.actionId ?? '';

const POLICIES: Readonly<Record<string, Policy>> = {
  expected: firstOf('expected'),
  aggregate: firstOf('aggregate'),
  paper: firstOf('paper'),
  'likelihood/cost, prior': (before) => likelihoodPerCost(before),
  'likelihood/cost, posterior': (_, after) => likelihoodPerCost(after),
};

/**
 * Regret of the choice before any fact and once the effects are known, averaged over what they may turn out to be. Exact:
 * every truth is enumerated, and only the random networks are drawn, from one seed.
 */
export async function inference({ seeds = RANDOM_NETWORKS }: { readonly seeds?: number }): Promise<BenchReport> {
  const figures: Figure[] = [];
  const expected: number[] = [];
  const report = (name: string, regrets: readonly Regrets[]) => {
    for (const when of ['before', 'after'] as const) {
      for (const policy of Object.keys(POLICIES)) {
        const value = mean(regrets.map((each) => each[when][policy] ?? Number.NaN));
        figures.push({ what: `${name}, ${when} facts: ${policy}`, value, unit: '' });
        if (policy === 'expected') expected.push(...regrets.map((each) => each[when][policy] ?? Number.NaN));
      }
    }
  };
  for (const { name, ...decision } of TEXTBOOK_NETWORKS) report(name, [await regretsOf(decision)]);
  const random: Regrets[] = [];
  for (let number = 0; number < seeds; number += 1) random.push(await regretsOf(randomDecision(number)));
  report('random', random);
  return {
    figures,
    goals: [
      {
        what: 'largest regret of expected',
        value: Math.max(...expected),
        unit: '',
        bound: 'at most',
        limit: REGRET_MAX,
        parts: `${TEXTBOOK_NETWORKS.length} textbook networks, ${seeds} random ones, before and after facts`,
      },
    ],
    notes: [
      `Utility is gain - ${LAMBDA} x cost; the beliefs are the truth. Likelihood/cost takes the leaf with the highest L / max(C, ${COST_MIN}).`,
    ],
  };
}

interface Regrets {
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

async function regretsOf(decision: Decision): Promise<Regrets> {
  const worlds = worldsOf(decision.assumptions).map((truth): Weighed => ({
    truth,
    p: probabilityOfWorld(truth, decision.assumptions),
  }));
  const params = { mode: 'expected', prune: 'decision', lambda: LAMBDA } as const;
  const { tree } = await plan({
    treeId: 'inference',
    goal: 'Choose',
    actions: [...decision.actions],
    beliefs: { assumptions: [...decision.assumptions], associations: [], gains: [...decision.gains] },
    params,
  });
  const costs = new Map(tree.rankings.expected.map(({ actionId, C }) => [actionId, C]));
  const utility = (actionId: string, left: readonly Weighed[], mass: number) =>
    left.reduce((sum, { truth, p }) => sum + p * gainIn(truth, actionId, decision.gains), 0) / mass -
    LAMBDA * (costs.get(actionId) ?? 0);
  const regrets = (after: Tree, left: readonly Weighed[], mass: number) => {
    const best = Math.max(...decision.actions.map(({ id }) => utility(id, left, mass)));
    return mapValues(POLICIES, (policy) => best - utility(policy(tree, after), left, mass));
  };
  const before = regrets(tree, worlds, 1);
  const after = mapValues(POLICIES, () => 0);
  for (const facts of worldsOf(decision.assumptions.filter(({ id }) => decision.symptoms.includes(id)))) {
    const left = worlds.filter(({ truth }) => agrees(facts, truth));
    const mass = left.reduce((sum, { p }) => sum + p, 0);
    if (mass === 0) continue;
    const known = replan(tree, { treeId: 'inference', resolutions: facts, without: [] }).tree;
    for (const [policy, regret] of Object.entries(regrets(known, left, mass))) {
      after[policy] = (after[policy] ?? 0) + mass * regret;
    }
  }
  return { before, after };
}

/** Every assumption has up to two causes among those before it; what comes last becomes known. */
function randomDecision(number: number): Decision {
  const random = streamOf(SEED, number);
  const assumptions = stateNetwork(drawNetwork(random, SIZE, MAX_PARENTS));
  const actions = EFFORTS.map((effort) => ({ id: `a${effort}`, kind: 'tool' as const, tool: 'file.write', effort }));
  const gains = actions.flatMap(({ id }) =>
    allTruths(2).map((when) => ({ actionId: id, when: { ...when }, gain: between(random, 0, 1) })),
  );
  return { assumptions, actions, gains, symptoms: [idOf(SIZE - 2), idOf(SIZE - 1)] };
}

function likelihoodPerCost({ root }: Tree): string {
  const value = ({ L, C }: TreeLeaf) => L / Math.max(C, COST_MIN);
  return leavesOf(root).reduce((best, leaf) => (value(leaf) > value(best) ? leaf : best)).actionId;
}

function mapValues<V, R>(record: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
