import { Spelled } from '../parts/spelled';
import { labelOf, type DrawnTree } from './drawn.tree';
import { short } from './node-card';
import { TREE } from './texts';

/** Says that another way of counting would choose another action. */
export function Disagreement({ tree }: { readonly tree: DrawnTree }) {
  if (tree.modesAgree !== false) return null;
  const others = tree.others.map(({ mode, actionId }) => TREE.other(TREE.mode[mode], short(labelOf(tree, actionId))));
  return (
    <p class="notice">
      <Spelled text={TREE.disagree(others)} />
    </p>
  );
}
