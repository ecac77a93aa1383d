import { TREE_MEDIA_TYPES, type Tree } from '@assent/contract';
import { dotOf, mermaidOf } from '@assent/planner';

type TreeType = (typeof TREE_MEDIA_TYPES)[number];

const FORMS: Readonly<Record<TreeType, (tree: Tree) => string>> = {
  'application/json': (tree) => JSON.stringify(tree),
  'text/vnd.mermaid': mermaidOf,
  'text/vnd.graphviz': dotOf,
  'text/x-mermaid': mermaidOf,
  'text/plain': mermaidOf,
};

/** The media types for OpenAPI. The JSON has the shape of `tree/get` in the OpenRPC document. */
export const TREE_CONTENT = Object.fromEntries(
  TREE_MEDIA_TYPES.map((type) => [type, { schema: { type: type === 'application/json' ? 'object' : 'string' } }]),
);

export function renderTree(tree: Tree, type: TreeType): string {
  return FORMS[type](tree);
}
