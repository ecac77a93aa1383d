import type { ComponentChildren } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { Button } from '../parts/button';
import { useKeys } from '../parts/keys';
import { location, setQuery } from '../router';
import { Answer } from './answer';
import { Canvas, type EdgeLook } from './canvas';
import { chosenIds, groupIds, labelOf, leavesOf, textOf, type DrawnNode, type DrawnTree } from './drawn.tree';
import { Grounds } from './grounds';
import { NodeCard, NodeRow, nameOf } from './node-card';
import { OutlineView } from './outline-view';
import { Ranking } from './ranking';
import { Selected } from './selected';
import { TREE } from './texts';
import { toggled, useWalk } from './use-tree';
import { useNarrow } from './use-narrow';
import type { Difference } from './what-if';

/** Trees with more leaves show the splits that change nothing only when asked. */
const LEAVES_IN_DETAIL = 4;
const NO_TRACES: ReadonlyMap<string, string> = new Map();
const EDGE_WIDTH = { min: 1.5, more: 7 };

interface TreeViewProps {
  readonly tree: DrawnTree;
  readonly goal: string;
  /** What stands above the drawing. */
  readonly notices?: ComponentChildren;
  /** What stands beside the ranking. */
  readonly beside?: ComponentChildren;
  readonly difference?: Difference | null;
  readonly traces?: ReadonlyMap<string, string>;
}

/** A tree with its answer in short, the drawing or outline, the ranking and the grounds. */
export function TreeView(props: TreeViewProps) {
  const { tree, goal, notices, beside, difference = null, traces = NO_TRACES } = props;
  const isNarrow = useNarrow();
  const isOutline = isNarrow || location.value.query.get('as') === 'outline';
  useKeys({ o: () => setQuery({ as: isOutline ? null : 'outline' }) }, TREE.help);
  const selectedId = location.value.query.get('node');
  const select = useCallback((id: string | null) => setQuery({ node: id }), []);
  const selected = tree.root && selectedId !== null ? find(tree.root, selectedId) : null;
  return (
    <div class="tree">
      <Answer tree={tree} isWhatIf={difference !== null} />
      {notices}
      <div class="tree-stage">
        {tree.root ? (
          <Stage
            tree={tree}
            root={tree.root}
            goal={goal}
            isOutline={isOutline}
            isNarrow={isNarrow}
            selected={selected?.id ?? null}
            onSelect={select}
          />
        ) : (
          <p class="muted">{TREE.toScore}</p>
        )}
        {selected && <Selected tree={tree} node={selected} traces={traces} onClose={() => select(null)} />}
      </div>
      <div class="tree-below">
        <Ranking tree={tree} difference={difference} />
        {beside}
      </div>
      <Grounds tree={tree} onSelect={select} />
    </div>
  );
}

function Stage(props: {
  readonly tree: DrawnTree;
  readonly root: DrawnNode;
  readonly goal: string;
  readonly isOutline: boolean;
  readonly isNarrow: boolean;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
}) {
  const { tree, root, goal, isOutline, isNarrow, selected, onSelect } = props;
  // A tree that is split for display only, from the root on, would be a single box without them.
  const groups = useMemo(() => groupIds(root).filter((id) => id !== root.id), [root]);
  const isLarge = leavesOf(root).length > LEAVES_IN_DETAIL;
  const [marks, setMarks] = useState<{ readonly treeId: string; readonly closed: ReadonlySet<string> } | null>(null);
  const closed = marks?.treeId === tree.treeId ? marks.closed : new Set(isLarge ? groups : []);
  const setClosed = (next: ReadonlySet<string>) => setMarks({ treeId: tree.treeId, closed: next });
  const onPath = useMemo(() => chosenIds(tree), [tree]);
  const asked = new Set(tree.chosen ? (tree.settles.get(tree.chosen.actionId) ?? []) : []);
  const name = (node: DrawnNode) => nameOf(tree, node, onPath, closed);
  const text = useCallback(
    (node: DrawnNode) => (node.kind === 'leaf' ? labelOf(tree, node.actionId) : textOf(tree, node.assumptionId)),
    [tree],
  );
  const walk = useWalk<DrawnNode>(root, closed, setClosed, onSelect, text);
  const toggle = (id: string) => setClosed(toggled(closed, [id], closed.has(id)));
  const isDetailed = !groups.some((id) => closed.has(id));
  const isClosedGroup = (node: DrawnNode) => node.kind === 'split' && node.group !== null && closed.has(node.id);
  const classOf = (node: DrawnNode): string =>
    [
      node.kind === 'leaf' || isClosedGroup(node) ? 'tree-leaf' : 'tree-split',
      onPath.has(node.id) ? 'tree-on-path' : '',
      isChoice(node) ? 'tree-chosen' : '',
      node.kind === 'split' && node.isDecisive === false && !isClosedGroup(node) ? 'tree-minor' : '',
    ].join(' ');
  const isChoice = (node: DrawnNode): boolean => onPath.has(node.id) && (node.kind === 'leaf' || isClosedGroup(node));
  const isAsked = (node: DrawnNode): boolean => node.kind === 'split' && asked.has(node.assumptionId);
  const shared = { walk, label: TREE.treeLabel(goal), nameOf: name, classOf, selected, onSelect, onToggle: toggle };
  return (
    <section class="tree-main" aria-labelledby="tree-heading">
      <header class="tree-panel-head">
        <h2 id="tree-heading">{TREE.heading}</h2>
        <div class="toolbar tree-tools">
          {groups.length > 0 && (
            <label class="check">
              <input
                type="checkbox"
                checked={isDetailed}
                onChange={() => setClosed(toggled(closed, groups, !isDetailed))}
              />
              {TREE.details}
            </label>
          )}
          {!isNarrow && (
            <div class="tree-switch" role="group" aria-label={TREE.heading}>
              <Button small pressed={!isOutline} onClick={() => setQuery({ as: null })}>
                {TREE.drawing}
              </Button>
              <Button small pressed={isOutline} hotkey="o" onClick={() => setQuery({ as: 'outline' })}>
                {TREE.outline}
              </Button>
            </div>
          )}
        </div>
      </header>
      {isOutline ? (
        <OutlineView {...shared}>
          {(node) => (
            <NodeRow
              tree={tree}
              node={node}
              isChosen={isChoice(node)}
              isClosed={closed.has(node.id)}
              isAsked={isAsked(node)}
            />
          )}
        </OutlineView>
      ) : (
        <>
          <Canvas
            {...shared}
            root={root}
            reveal={tree.chosen?.leafId ?? null}
            isRevealed={isChoice}
            edge={(node) => lookOf(node, onPath.has(node.id))}
            toggleLabel={(node, isOpen) => (isOpen ? TREE.close(text(node)) : TREE.open(text(node)))}
          >
            {(node) => (
              <NodeCard
                tree={tree}
                node={node}
                isChosen={isChoice(node)}
                isClosed={closed.has(node.id)}
                isAsked={isAsked(node)}
              />
            )}
          </Canvas>
          <Legend />
        </>
      )}
    </section>
  );
}

function Legend() {
  const { legend } = TREE;
  return (
    <ul class="tree-legend">
      <li>
        <svg width="28" height="8" aria-hidden="true">
          <path class="tree-edge" d="M0,4H28" stroke-width="3" />
        </svg>
        {legend.yes}
      </li>
      <li>
        <svg width="28" height="8" aria-hidden="true">
          <path class="tree-edge tree-edge-dashed" d="M0,4H28" stroke-width="3" />
        </svg>
        {legend.no}
      </li>
      <li>{legend.thickness}</li>
      <li>
        <b class="tree-tag">{TREE.decisive}</b> {legend.decisive}
      </li>
      <li>
        <b class="tree-accent">★</b> {legend.chosen}
      </li>
    </ul>
  );
}

function lookOf({ branch }: DrawnNode, isOnPath: boolean): EdgeLook {
  const p = branch?.p ?? null;
  const percentage = branch ? TREE.branchLabel(branch.value, p) : '';
  return {
    width: EDGE_WIDTH.min + EDGE_WIDTH.more * (p ?? 0.2),
    isDashed: branch?.value === false,
    isOnPath,
    label: percentage,
  };
}

function find(node: DrawnNode, id: string): DrawnNode | null {
  if (node.id === id) return node;
  for (const child of node.children) {
    const found = find(child, id);
    if (found) return found;
  }
  return null;
}
