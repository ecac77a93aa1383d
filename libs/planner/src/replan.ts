import type { BeliefSource, Tree } from '@assent/contract';
import { draw } from './draw';
import type { KnownTruths } from './facts';
import { completeActions } from './params';
import type { Plan } from './plan';
import { readTree } from './read-tree';

/** With what is known by now; ids that the tree does not have are passed over. */
export interface Replanning extends KnownTruths {
  /** Id of the tree to be. */
  readonly treeId: string;
  /** Ids of actions that are no longer offered: questions that were asked. At least one action MUST remain. */
  readonly without: readonly string[];
}

/**
 * The tree again, with what is known by now: from what it carries itself, so neither the trace nor a model is asked twice.
 * Weights and scales stay what they were; splits are made anew. Throws `AssentError('invalid')` when no action remains.
 */
export function replan(tree: Tree, { treeId, without, ...known }: Replanning): Plan {
  const gone = new Set(without);
  const offered = <T extends { readonly actionId: string }>(rows: readonly T[]) =>
    rows.filter(({ actionId }) => !gone.has(actionId));
  const actions = tree.actions.filter(({ id }) => !gone.has(id));
  const rest = {
    ...tree,
    actions,
    associations: offered(tree.associations),
    gains: tree.gains && offered(tree.gains),
  };
  const { beliefs } = readTree(rest);
  const input = { beliefs, actions: completeActions(actions), params: tree.params, ...known };
  const { tree: next, paths, studied } = draw(input, { treeId, goal: tree.goal });
  return { tree: next, composer: beliefOf(tree), degraded: false, warnings: [...studied.model.warnings], paths };
}

/** Where the probabilities of a tree came from. */
export function beliefOf({ assumptions }: Pick<Tree, 'assumptions'>): BeliefSource {
  const sources = assumptions.flatMap((assumption) => assumption.sources);
  if (sources.some((source) => typeof source === 'object')) return 'lexical';
  return sources.includes('composer') ? 'model' : 'caller';
}
