import type { Tree } from '@assent/contract';
import { dotOf, mermaidOf } from '@assent/planner';

/** Every form in which a tree is answered, by its media type; the first where the client does not care. */
const FORMS = {
  'application/json': (tree: Tree) => JSON.stringify(tree),
  'text/vnd.mermaid': mermaidOf,
  'text/vnd.graphviz': dotOf,
  // What Mermaid was sent as before it had a registered type, and what a terminal may ask for.
  'text/x-mermaid': mermaidOf,
  'text/plain': mermaidOf,
} as const;
type TreeType = keyof typeof FORMS;

export const TREE_TYPES = Object.keys(FORMS) as TreeType[];

/** The same for OpenAPI; the shape of the JSON is that of `tree/get` in the OpenRPC document. */
export const TREE_CONTENT = Object.fromEntries(
  TREE_TYPES.map((type) => [type, { schema: { type: type === 'application/json' ? 'object' : 'string' } }]),
);

export function renderTree(tree: Tree, type: TreeType): string {
  return FORMS[type](tree);
}
