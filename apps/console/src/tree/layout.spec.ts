import fc from 'fast-check';
import { layout, type Box, type Metrics } from './layout';
import { shapes, type Shape } from './testing/trees';

const METRICS: Metrics = { node: { width: 168, height: 84 }, gap: { x: 88, y: 14 } };
const childrenOf = ({ children }: Shape) => children;

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('layout', () => {
  it('lets no node and no label overlap another one', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 40, max: 120 }), (root, height) => {
        const metrics = { ...METRICS, node: { width: 168, height } };
        const { nodes, edges } = layout(root, childrenOf, metrics);
        const boxes: Box[] = [...nodes, ...edges.map(({ label }) => label)];
        const hits = boxes.flatMap((a, at) => boxes.slice(at + 1).filter((b) => overlap(a, b)));
        expect(hits).toEqual([]);
      }),
    );
  });

  it('places each node inside of the drawing, right of its parent, on whole pixels', () => {
    fc.assert(
      fc.property(shapes, (root) => {
        const { nodes, edges, width, height } = layout(root, childrenOf, METRICS);
        for (const { x, y, ...box } of nodes) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(x + box.width).toBeLessThanOrEqual(width);
          expect(y + box.height).toBeLessThanOrEqual(height);
          expect([x, y].every(Number.isInteger)).toBe(true);
        }
        expect(edges.every(({ from, to }) => to.x === from.x + from.width + METRICS.gap.x)).toBe(true);
        expect(edges).toHaveLength(nodes.length - 1);
      }),
    );
  });

  it('keeps the order of the children from top to bottom', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, children: [] }));
    const { nodes } = layout({ id: 'root', children: [a, b, c] } as Shape, childrenOf, METRICS);
    const below = nodes.slice(1);
    expect(below.map(({ item }) => item.id)).toEqual(['a', 'b', 'c']);
    expect(below.map(({ y }) => y)).toEqual(below.map(({ y }) => y).toSorted((p, q) => p - q));
  });
});
