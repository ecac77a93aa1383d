import type { Tree } from '@assent/contract';
import { assembleTree } from './assemble';
import { buildModel } from './build-model';
import { completeActions, completeParams } from './params';
import type { Plan } from './plan';
import { readTree } from './read-tree';
import { beliefOf } from './replan';
import { stillOpen, toShape } from './score-tree';
import { study } from './study';
import { rescoreShape } from './tree';

/** The plan of a stored tree, with its splits as they are. Whether the choice was poorly supported is not stored. */
export function storedPlan(tree: Tree): Plan {
  const { beliefs } = readTree(tree);
  const params = completeParams({ asking: 'evsi', ...tree.params }, beliefs.gains !== null);
  const assumed = stillOpen(tree);
  const input = { beliefs, actions: completeActions(tree.actions), params, resolutions: {} };
  const studied = study(buildModel({ ...input, ...(assumed && { assumed }) }));
  const { model } = studied;
  const shape = rescoreShape(toShape(tree.root, model, 1), studied);
  const { paths } = assembleTree(shape, studied, { treeId: tree.id, goal: tree.goal });
  return { tree, composer: beliefOf(tree), degraded: false, warnings: [...model.warnings], paths };
}
