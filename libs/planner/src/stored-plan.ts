import type { Tree } from '@assent/contract';
import { assembleTree } from './assemble';
import type { Plan } from './plan';
import { readTree } from './read-tree';
import { beliefOf } from './replan';
import { keptShape, statedModel } from './score-tree';
import { study } from './study';

/** The plan of a stored tree, with its splits as they are. Whether the choice was poorly supported is not stored. */
export function storedPlan(tree: Tree): Plan {
  const studied = study(statedModel(readTree(tree)));
  const { paths } = assembleTree(keptShape(tree, studied), studied, { treeId: tree.id, goal: tree.goal });
  return { tree, composer: beliefOf(tree), degraded: false, warnings: [...studied.model.warnings], paths };
}
