import type { ActionInput, AssumptionInput, Beliefs, GainRow, Tree } from '@assent/contract';
import { scoreTree } from '@assent/planner';
import type { BenchReport, Figure } from './support/report';
import { median } from './support/statistics';

interface Size {
  readonly depth: number;
  readonly actions: number;
}

const LARGEST: Size = { depth: 6, actions: 32 };
/** Each doubles leaves x actions once or twice against the one before. */
const SIZES: readonly Size[] = [
  { depth: 4, actions: 8 },
  { depth: 5, actions: 16 },
  { depth: 6, actions: 16 },
  LARGEST,
];
const ROUNDS = 15;
const WARM_UP_ROUNDS = 20;
const GOAL_MS = 1;
/** Twice the cells may cost twice the time; rounding, caches and the collector get a quarter on top. */
const LINEAR_GOAL = 1.25;

/** `tree/score` of a given tree with another weight, through the planner's door: check, model, splits, scores, diagnostics. */
export async function scoring(): Promise<BenchReport> {
  const figures: Figure[] = [];
  const perCell: number[] = [];
  let ms = Number.NaN;
  for (const size of SIZES) {
    const tree = await fullTree(size);
    ms = await millisecondsOf(() => scoreTree({ tree, params: { lambda: 0.5 } }));
    const cells = 2 ** size.depth * size.actions;
    perCell.push(ms / cells);
    figures.push({
      what: `depth ${size.depth}, ${size.actions} actions, ${cells} leaves x actions`,
      value: ms,
      unit: 'ms',
    });
  }
  const [smallest = Number.NaN] = perCell;
  const largest = perCell.at(-1) ?? Number.NaN;
  return {
    figures,
    goals: [
      {
        what: `scoring depth ${LARGEST.depth} with ${LARGEST.actions} actions`,
        value: ms,
        unit: 'ms',
        bound: 'at most',
        limit: GOAL_MS,
        parts: `median of ${ROUNDS} rounds`,
      },
      {
        what: 'time per leaf x action, largest against smallest',
        value: largest / smallest,
        unit: 'x',
        bound: 'at most',
        limit: LINEAR_GOAL,
        parts: `${(largest * 1_000).toFixed(2)} us against ${(smallest * 1_000).toFixed(2)} us`,
      },
    ],
    notes: ['Whole tree/score calls: what a client waits for, and what keeps the event loop from others.'],
  };
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP_ROUNDS; round += 1) {
    const startedAt = performance.now();
    await work();
    if (round >= WARM_UP_ROUNDS) times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** Every assumption is on every path, and every action has a gain in every world. */
async function fullTree({ depth, actions: count }: Size): Promise<Tree> {
  const assumptions = Array.from({ length: depth }, (_, index): AssumptionInput => ({
    id: `assumption-${index}`,
    text: `Statement ${index} holds`,
    p: 0.3 + 0.05 * index,
  }));
  const actions = Array.from({ length: count }, (_, index): ActionInput => ({
    id: `action-${index}`,
    kind: 'tool',
    tool: 'file.write',
    effort: index + 1,
  }));
  const beliefs: Beliefs = { assumptions, gains: gainsOf(assumptions, actions) };
  const tree = await scoreTree({ actions, beliefs, params: { depth, ranking: 'caller' } });
  if (tree.diagnostics.leaves !== 2 ** depth) throw new Error(`The tree has ${tree.diagnostics.leaves} leaves.`);
  return tree;
}

function gainsOf(assumptions: readonly AssumptionInput[], actions: readonly ActionInput[]): GainRow[] {
  const worlds = Array.from({ length: 2 ** assumptions.length }, (_, world) =>
    Object.fromEntries(assumptions.map(({ id }, bit) => [id, ((world >> bit) & 1) === 1])),
  );
  // Gains without a pattern, the same at every run.
  const gainOf = (world: number, action: number): number => ((world * 31 + action * 17) % 97) / 97;
  return worlds.flatMap((when, world) =>
    actions.map(({ id }, action) => ({ actionId: id, when, gain: gainOf(world, action) })),
  );
}
