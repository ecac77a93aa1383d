import { MAX_DEPTH, TreeSchema, type Tree, type TreeNode } from '@assent/contract';
import { compiled } from '@assent/platform';
import { invalid, pointer } from './pointer';
import { readBeliefs, type ReadBeliefs } from './read-beliefs';
import { validateActions, validateParams } from './validate';

/** Reads a tree sent by a client, and its beliefs. @throws AssentError `invalid`, with a pointer below `/tree` */
export function readTree(sent: unknown): { tree: Tree; beliefs: ReadBeliefs } {
  const check = compiled(TreeSchema);
  if (!check(sent)) {
    const [error] = check.errors ?? [];
    throw invalid(
      `This is no tree as tree/get answers it: ${error?.message ?? 'it has another shape'}. Send one unchanged.`,
      `/tree${error?.instancePath ?? ''}`,
    );
  }
  const { actions, params, root } = sent;
  validateActions(actions, '/tree/actions');
  validateParams(params, '/tree/params');
  const beliefs = beliefsOf(sent);
  if (validateNode(root, [], sent, '/tree/root') > 0) return { tree: sent, beliefs };
  throw invalid('The likelihoods of the leaves sum to 0. Give at least one path a likelihood above 0.', '/tree/root');
}

/** The beliefs in a tree. */
export function beliefsOf({ assumptions, associations, gains, actions }: Tree): ReadBeliefs {
  const stated = assumptions.map((assumption) => ({
    ...assumption,
    statement: { key: assumption.key, negated: assumption.negated },
  }));
  const ids = new Set(actions.map(({ id }) => id));
  return readBeliefs({ assumptions: stated, associations, gains: gains ?? [] }, ids, '/tree', 'lenient');
}

/** Checks a node and its descendants. Returns the sum of the likelihoods of its leaves. */
function validateNode(
  node: TreeNode,
  path: readonly { readonly assumptionId: string; readonly value: boolean }[],
  tree: Tree,
  at: string,
): number {
  if (node.kind === 'leaf') {
    if (node.L < 0) throw invalid(`Leaf "${node.id}" has a likelihood below 0.`, pointer(at, 'L'));
    return node.L;
  }
  const { id, assumptionId, pTrue } = node;
  const assumption = tree.assumptions.find((other) => other.id === assumptionId);
  if (!assumption)
    throw invalid(
      `Node "${id}" splits on "${assumptionId}", which is not among the assumptions.`,
      pointer(at, 'assumptionId'),
    );
  if (path.length >= MAX_DEPTH) throw invalid(`Node "${id}" is deeper than ${MAX_DEPTH} assumptions.`, at);
  if (pTrue <= 0 || pTrue >= 1)
    throw invalid(`pTrue of node "${id}" must lie between 0 and 1, both excluded.`, pointer(at, 'pTrue'));
  const excluding = new Set([
    ...assumption.excludes,
    ...tree.assumptions.filter(({ excludes }) => excludes.includes(assumptionId)).map((other) => other.id),
  ]);
  if (path.some((step) => step.assumptionId === assumptionId || (step.value && excluding.has(step.assumptionId)))) {
    throw invalid(
      `Node "${id}" splits on "${assumptionId}", whose truth its path has settled already.`,
      pointer(at, 'assumptionId'),
    );
  }
  return (
    validateNode(node.yes, [...path, { assumptionId, value: true }], tree, pointer(at, 'yes')) +
    validateNode(node.no, [...path, { assumptionId, value: false }], tree, pointer(at, 'no'))
  );
}
