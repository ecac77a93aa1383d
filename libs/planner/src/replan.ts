import type { BeliefSource, Tree } from '@assent/contract';
import { assembleTree } from './assemble';
import { draw } from './draw';
import type { KnownTruths } from './facts';
import { completeActions } from './params';
import type { Plan } from './plan';
import { readTree } from './read-tree';
import { keptShape, statedModel } from './score-tree';
import { study } from './study';

/** The facts known by now. Ids that the tree does not have are ignored. */
export interface Replanning extends KnownTruths {
  /** Id of the new tree. */
  readonly treeId: string;
  /** Ids of actions no longer available: questions that were already asked. At least one action MUST remain. */
  readonly without: readonly string[];
}

/**
 * Rebuilds the tree with the facts known by now, from its own content, so that neither trace nor model is needed again.
 * Weights and scales stay the same; splits are rebuilt. @throws AssentError `invalid` when no action remains
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

/** The source of the probabilities of a tree. */
export function beliefOf({ assumptions }: Pick<Tree, 'assumptions'>): BeliefSource {
  const sources = assumptions.flatMap((assumption) => assumption.sources);
  if (sources.some((source) => typeof source === 'object')) return 'lexical';
  return sources.includes('composer') ? 'model' : 'caller';
}

/** The plan of a stored tree, with its splits as they are. Whether the choice was poorly supported is not stored. */
export function storedPlan(tree: Tree): Plan {
  const studied = study(statedModel(readTree(tree)));
  const { paths } = assembleTree(keptShape(tree, studied), studied, { treeId: tree.id, goal: tree.goal });
  return { tree, composer: beliefOf(tree), degraded: false, warnings: [...studied.model.warnings], paths };
}
