import type { Ground } from '@assent/contract';
import { number, utility } from '../format';
import { Spelled } from '../parts/spelled';
import { labelOf, type DrawnNode, type DrawnTree } from './drawn.tree';
import { short } from './node-card';
import { Learnings, sourceName } from './selected';
import { TREE } from './texts';

/** Every assumption for and against the choice, heaviest first. */
export function Grounds({ tree, onSelect }: { readonly tree: DrawnTree; readonly onSelect: (id: string) => void }) {
  const { rationale, root } = tree;
  if (!rationale || rationale.for.length + rationale.against.length === 0) return null;
  const drawn = root ? splitsOf(root) : new Map<string, string>();
  const heaviest = Math.max(...[...rationale.for, ...rationale.against].map(({ weight }) => Math.abs(weight)));
  return (
    <section class="tree-panel tree-grounds" aria-labelledby="tree-grounds">
      <h2 id="tree-grounds">{TREE.grounds}</h2>
      <div class="tree-sides">
        {(['for', 'against'] as const).map((side) => (
          <div key={side}>
            <h3>
              {TREE[side]} “<Spelled text={short(labelOf(tree, rationale.actionId))} />”
            </h3>
            {rationale[side].length === 0 && <p class="muted">{TREE.none}</p>}
            <ul>
              {rationale[side].map((ground) => {
                const nodeId = drawn.get(ground.assumptionId);
                return (
                  <GroundItem
                    key={ground.assumptionId}
                    tree={tree}
                    ground={ground}
                    share={heaviest > 0 ? Math.abs(ground.weight) / heaviest : 0}
                    isDrawn={nodeId !== undefined}
                    onSelect={nodeId === undefined ? null : () => onSelect(nodeId)}
                  />
                );
              })}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function GroundItem(props: {
  readonly tree: DrawnTree;
  readonly ground: Ground;
  readonly share: number;
  readonly isDrawn: boolean;
  readonly onSelect: (() => void) | null;
}) {
  const { tree, ground, share, isDrawn, onSelect } = props;
  const { text, value, p, resolved, decisive, weight, flipsAt, sources, learned } = ground;
  const facts = [
    resolved === null ? TREE.ground(p, value) : TREE.settled(resolved),
    decisive ? TREE.decisive : TREE.displayOnly,
    ...(flipsAt
      ? [
          TREE.flipsAt(
            flipsAt.p < (value ? p : 1 - p) ? 'below' : 'above',
            flipsAt.p,
            short(labelOf(tree, flipsAt.actionId)),
          ),
        ]
      : []),
    ...(isDrawn || resolved !== null ? [] : [TREE.notDrawn]),
  ];
  return (
    <li class="tree-ground">
      <span class="tree-weight num" title={TREE.weight(weight)}>
        {utility(weight)}
        <span class="tree-bar" style={{ width: `${number(share * 100)}%` }} />
      </span>
      <span>
        {onSelect ? (
          <button type="button" class="link tree-ground-text" onClick={onSelect}>
            <Spelled text={text} />
          </button>
        ) : (
          <Spelled text={text} />
        )}
        <span class="tree-facts muted">
          {facts.map((fact, index) => (
            <span key={index}>
              <Spelled text={fact} />
            </span>
          ))}
          <span>
            {TREE.source.toLowerCase()}: {sources.map(sourceName).join(', ')}
          </span>
        </span>
        {learned && <Learnings learned={learned} />}
      </span>
    </li>
  );
}

/** The first node of each assumption in the drawing. */
function splitsOf(root: DrawnNode): Map<string, string> {
  const ids = new Map<string, string>();
  const visit = (node: DrawnNode) => {
    if (node.kind === 'leaf') return;
    if (!ids.has(node.assumptionId)) ids.set(node.assumptionId, node.id);
    node.children.forEach(visit);
  };
  visit(root);
  return ids;
}
