import type { Fragment } from '@assent/client';
import { href } from '../../addresses';
import { spelled } from '../../text/hidden';
import { FragmentStatus } from './frame';
import { layOut, type LineageNode } from './lineage';
import { MEMORY } from './texts';

export interface LineageFragment extends LineageNode {
  readonly text: string;
  readonly status: Fragment['status'];
}

const WIDTH = 230;
const HEIGHT = 84;
const GAP_X = 56;
const GAP_Y = 14;

/** What a lesson was made of, from left to right. Every box is a link. */
export function LineageDrawing(props: { readonly nodes: readonly LineageFragment[]; readonly current: string }) {
  const { nodes, edges, columns, rows } = layOut(props.nodes);
  const left = (column: number): number => column * (WIDTH + GAP_X);
  const top = (row: number): number => row * (HEIGHT + GAP_Y);
  const width = columns * (WIDTH + GAP_X) - GAP_X;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y;
  return (
    <div class="memory-graph card" tabIndex={0} role="group" aria-label={MEMORY.fragment.lineage}>
      <div class="memory-canvas" style={{ width: `${width}px`, height: `${height}px` }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map(({ from, to }) => {
            const [x1, y1] = [left(from.column) + WIDTH, top(from.row) + HEIGHT / 2];
            const [x2, y2] = [left(to.column), top(to.row) + HEIGHT / 2];
            const bend = GAP_X / 2;
            return (
              <path
                key={`${from.node.id} ${to.node.id}`}
                d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`}
              />
            );
          })}
        </svg>
        {nodes.map(({ node, column, row }) => (
          <a
            key={node.id}
            class="memory-node"
            href={href('fragment', { id: node.id })}
            aria-current={node.id === props.current ? 'true' : undefined}
            style={{ left: `${left(column)}px`, top: `${top(row)}px`, width: `${WIDTH}px`, height: `${HEIGHT}px` }}
          >
            <FragmentStatus of={node.status} />
            <span class="memory-node-text">{node.text === '' ? MEMORY.fragment.erased : spelled(node.text)}</span>
          </a>
        ))}
      </div>
    </div>
  );
}
