import { collectLineage, layOut, type LineageNode } from './lineage';

const node = (id: string, ...sources: string[]): LineageNode => ({ id, sources });
const STORE = [node('m', 'a', 'n'), node('n', 'b', 'c'), node('a'), node('b'), node('c')];
const load = (id: string) => Promise.resolve(STORE.find((stored) => stored.id === id) ?? null);

describe('lineage', () => {
  it('places sources before what was made of them, and no two in one place', () => {
    const { nodes, edges, columns, rows } = layOut(STORE);
    const columnOf = Object.fromEntries(nodes.map(({ node: { id }, column }) => [id, column]));
    expect(columnOf).toEqual({ a: 0, b: 0, c: 0, n: 1, m: 2 });
    expect(new Set(nodes.map(({ column, row }) => `${column}:${row}`)).size).toBe(nodes.length);
    expect(edges.map(({ from, to }) => `${from.node.id}>${to.node.id}`)).toEqual(['a>m', 'n>m', 'b>n', 'c>n']);
    expect([columns, rows]).toEqual([3, 3]);
  });

  it('leaves out edges to fragments that are not there', () => {
    expect(layOut([node('m', 'gone')])).toMatchObject({ edges: [], columns: 1, rows: 1 });
  });

  it('is collected level by level, each fragment once', async () => {
    const [root] = STORE;
    if (!root) throw new Error('no root');
    const all = await collectLineage(root, load, { levels: 3, most: 24 });
    expect(all.nodes.map(({ id }) => id)).toEqual(['m', 'a', 'n', 'b', 'c']);
    expect(all.isWhole).toBe(true);
    expect(await collectLineage(root, load, { levels: 1, most: 24 })).toMatchObject({ isWhole: false });
    expect((await collectLineage(root, load, { levels: 3, most: 4 })).nodes).toHaveLength(4);
    const erased = await collectLineage(node('x', 'gone'), load, { levels: 3, most: 24 });
    expect(erased).toEqual({ nodes: [node('x', 'gone')], isWhole: true });
  });
});
