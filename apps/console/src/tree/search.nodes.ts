import type { SearchNodeView } from '@assent/contract';
import type { Item } from './outline';

/** The question at the root, and the answers below it. */
export interface AnswerItem extends Item {
  /** null: the question. */
  readonly answer: SearchNodeView | null;
  readonly children: readonly AnswerItem[];
  /** Answers below it, over all depths. */
  readonly below: number;
}

export const QUESTION_ID = 'question';

/** Answers with a parent that is not in the list are placed below the question. */
export function answersOf(nodes: readonly SearchNodeView[]): AnswerItem {
  const known = new Set(nodes.map(({ nodeId }) => nodeId));
  const childrenOf = new Map<string | null, SearchNodeView[]>();
  for (const node of nodes) {
    const parentId = node.parentId !== null && known.has(node.parentId) ? node.parentId : null;
    childrenOf.set(parentId, [...(childrenOf.get(parentId) ?? []), node]);
  }
  const itemOf = (answer: SearchNodeView | null): AnswerItem => {
    const children = (childrenOf.get(answer?.nodeId ?? null) ?? []).map(itemOf);
    const below = children.reduce((sum, child) => sum + child.below + 1, 0);
    return { id: answer?.nodeId ?? QUESTION_ID, answer, children, below };
  };
  return itemOf(null);
}

/** The best answer: verified ones first, then by value, then the oldest. null: none has a value yet. */
export function bestOf(nodes: readonly SearchNodeView[]): SearchNodeView | null {
  return nodes.reduce<SearchNodeView | null>((best, node) => {
    if (node.Q === null || node.verified === 'fail') return best;
    return best === null || isBetter(node, best) ? node : best;
  }, null);
}

function isBetter(a: SearchNodeView, b: SearchNodeView): boolean {
  const [passA, passB] = [a.verified === 'pass', b.verified === 'pass'];
  return passA === passB ? (a.Q ?? 0) > (b.Q ?? 0) : passA;
}

/** Ids from the question to the answer. */
export function lineOf(root: AnswerItem, id: string | null): ReadonlySet<string> {
  const line = new Set<string>();
  const visit = (item: AnswerItem): boolean => {
    const isOn = item.id === id || item.children.some(visit);
    if (isOn) line.add(item.id);
    return isOn;
  };
  visit(root);
  return line;
}

/** Only the line to the best answer is open at first, and the answers beside it are seen. */
export function closedBeside(root: AnswerItem, line: ReadonlySet<string>): ReadonlySet<string> {
  const closed = new Set<string>();
  const visit = (item: AnswerItem) => {
    if (item.children.length > 0 && item.id !== QUESTION_ID && !line.has(item.id)) closed.add(item.id);
    item.children.forEach(visit);
  };
  visit(root);
  return closed;
}
