import { QUESTION_ID, answersOf, bestOf, closedBeside, lineOf, type AnswerItem } from './search.nodes';
import { rowsOf } from './outline';
import { searchNodes } from './testing/trees';

describe('the answers of a search', () => {
  it('hang below the question, each below its parent', () => {
    const root = answersOf(searchNodes(5));
    const ids = (item: AnswerItem): unknown => [item.id, ...item.children.map(ids)];
    expect(ids(root)).toEqual([QUESTION_ID, ['node-0', ['node-1', ['node-3'], ['node-4']], ['node-2']]]);
    expect(root.below).toBe(5);
  });

  it('keeps an answer whose parent is not in the list', () => {
    expect(answersOf(searchNodes(5).slice(2)).children.map(({ id }) => id)).toEqual(['node-2', 'node-3', 'node-4']);
  });

  it('prefers a verified answer, then the value, and no answer that failed', () => {
    const nodes = searchNodes(4);
    expect(bestOf(nodes)?.nodeId).toBe('node-3');
    const verified = nodes.map((node, index) => ({
      ...node,
      verified: index === 1 ? ('pass' as const) : index === 3 ? ('fail' as const) : node.verified,
    }));
    expect(bestOf(verified)?.nodeId).toBe('node-1');
    expect(bestOf(nodes.map((node) => ({ ...node, Q: null })))).toBeNull();
  });

  it('shows of 500 answers the line to the best one and the answers beside it', () => {
    const nodes = searchNodes(500);
    const root = answersOf(nodes);
    const line = lineOf(root, bestOf(nodes)?.nodeId ?? null);
    const rows = rowsOf(root, closedBeside(root, line));
    expect(rows.length).toBeLessThan(20);
    expect(rows.some(({ item }) => item.id === 'node-499')).toBe(true);
  });
});
