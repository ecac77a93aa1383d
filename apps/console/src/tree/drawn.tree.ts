import type { Action, ActionInput, Assumption, PlannerMode, Rationale } from '@assent/contract';

/** The way from the node above: the truth value of its assumption, and the probability of it there. */
export interface Branch {
  readonly value: boolean;
  /** null: not all paths are there yet. */
  readonly p: number | null;
}

export interface Score {
  readonly L: number;
  readonly G: number;
  readonly C: number;
  readonly U: number;
}

interface NodeHead {
  readonly id: string;
  /** null: the root. */
  readonly branch: Branch | null;
}

export interface SplitNode extends NodeHead {
  readonly kind: 'split';
  readonly assumptionId: string;
  readonly pTrue: number | null;
  /** Knowing the assumption here changes the choice. null: unknown. */
  readonly isDecisive: boolean | null;
  /** First node of a part that was split for display only: it was scored as this one leaf. */
  readonly group: LeafNode | null;
  readonly children: readonly DrawnNode[];
}

export interface LeafNode extends NodeHead {
  readonly kind: 'leaf';
  readonly actionId: string;
  /** Of this path alone. */
  readonly score: Score;
  /** Id of the leaf that was scored; differs from `id` where a split is for display only. */
  readonly scoredAs: string;
  readonly children: readonly [];
}

export type DrawnNode = SplitNode | LeafNode;

/** An assumption with as much as is known of it: all of it from a stored tree, the first three from frames. */
export type DrawnAssumption = Pick<Assumption, 'id' | 'text' | 'p' | 'resolved'> & Partial<Assumption>;

export type DrawnAction = Pick<Action, 'id' | 'label'> & {
  readonly kind: ActionInput['kind'] | null;
} & Partial<Omit<Action, 'kind'>>;

export interface RankedRow {
  readonly actionId: string;
  readonly U: number;
  readonly C: number;
}

export interface DrawnChoice {
  readonly actionId: string;
  readonly mode: PlannerMode;
  readonly U: number;
  readonly margin: number | null;
  /** The scored leaf that speaks most for the choice. null: none takes this action, as with a question. */
  readonly leafId: string | null;
}

/** A tree as the console draws it, from a stored tree or from the frames that have come so far. */
export interface DrawnTree {
  readonly treeId: string;
  /** null: no path was scored yet. */
  readonly root: DrawnNode | null;
  readonly assumptions: ReadonlyMap<string, DrawnAssumption>;
  readonly actions: ReadonlyMap<string, DrawnAction>;
  readonly chosen: DrawnChoice | null;
  /** U over all truths in the mode of the choice, best first. null: frames do not have it. */
  readonly ranking: readonly RankedRow[] | null;
  readonly modesAgree: boolean | null;
  /** What the other modes would choose, where it is another action. */
  readonly others: readonly { readonly mode: PlannerMode; readonly actionId: string }[];
  readonly rationale: Rationale | null;
  readonly lambda: number | null;
  readonly asking: 'evsi' | 'net' | null;
  /** Assumption ids by the question that would settle them. */
  readonly settles: ReadonlyMap<string, readonly string[]>;
}

export function labelOf({ actions }: DrawnTree, actionId: string): string {
  return actions.get(actionId)?.label ?? actionId;
}

export function textOf({ assumptions }: DrawnTree, assumptionId: string): string {
  return assumptions.get(assumptionId)?.text ?? assumptionId;
}

/** Probability that the assumption is true, after all facts. */
export function probabilityOf({ resolved, posterior, marginal, p }: DrawnAssumption): number {
  return resolved === null ? (posterior ?? marginal ?? p) : Number(resolved);
}

export function leavesOf(node: DrawnNode): LeafNode[] {
  return node.kind === 'leaf' ? [node] : node.children.flatMap(leavesOf);
}

/** The leaves as they were scored: those of a display split count as one. */
export function scoredLeavesOf(node: DrawnNode): LeafNode[] {
  if (node.kind === 'leaf') return [node];
  return node.group ? [node.group] : node.children.flatMap(scoredLeavesOf);
}

/** Ids of the nodes from the root to the chosen leaf, and of the display splits below it. */
export function chosenIds({ root, chosen }: DrawnTree): ReadonlySet<string> {
  const ids = new Set<string>();
  const visit = (node: DrawnNode): boolean => {
    const below = node.kind === 'leaf' ? [node.scoredAs === chosen?.leafId] : node.children.map(visit);
    const isChosen = below.some(Boolean);
    if (isChosen) ids.add(node.id);
    return isChosen;
  };
  if (root && chosen && chosen.leafId !== null) visit(root);
  return ids;
}

/** Ids of the parts that are split for display only. */
export function groupIds(node: DrawnNode): string[] {
  if (node.kind === 'leaf') return [];
  return node.group ? [node.id] : node.children.flatMap(groupIds);
}
