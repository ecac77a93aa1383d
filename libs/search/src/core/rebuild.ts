import { aggregate } from './aggregate';
import type { Duel } from './duels';
import type { Verification } from '@assent/contract';
import type { AnswerFact, ComparisonFact, JudgeTask, SearchFact, SearchRules } from './search.facts';
import { backedUp, localValue, ownValue } from './value';

/** A node as computed from the log. Values are null until all its planned judgements are there. */
export interface SearchNodeState {
  readonly nodeId: string;
  readonly parentId: string | null;
  readonly depth: number;
  readonly answerHash: string;
  readonly verified: Verification;
  /** Oldest first. */
  readonly children: readonly string[];
  /** Visits: 1, the visits of its children, and the duplicates among its expansions. */
  readonly n: number;
  readonly duplicates: number;
  readonly qLocal: number | null;
  readonly qGlobal: number | null;
  readonly q0: number | null;
  readonly Q: number | null;
  /** Planned judgements that are missing. */
  readonly pending: readonly JudgeTask[];
  /** Whether it is better than its parent, by a judgement or a verifier. */
  readonly beatsParent: boolean;
}

export interface SearchState {
  /** In log order. */
  readonly nodes: readonly SearchNodeState[];
  readonly byId: ReadonlyMap<string, SearchNodeState>;
  /** Expansions after the first answer. */
  readonly iteration: number;
  /** Expansions and judgements. */
  readonly calls: number;
}

type Draft = { -readonly [K in keyof SearchNodeState]: SearchNodeState[K] } & { children: string[] };

/** Better or worse by a judgement or a verifier. */
const VERDICT_RANK: Readonly<Record<Verification, number>> = { pass: 2, unknown: 1, fail: 0 };

/**
 * The tree with all its values, computed from its rules and its log alone. Ranks use all judgements so far, and every
 * expansion is backpropagated once, in log order.
 */
export function rebuild(rules: SearchRules, log: readonly SearchFact[]): SearchState {
  const drafts = new Map<string, Draft>();
  const comparisons = log.filter((fact) => fact.kind === 'comparison');
  for (const fact of log) {
    if (fact.kind === 'answer') addNode(drafts, fact);
    if (fact.kind === 'duplicate') countDuplicate(drafts, fact.parentId);
  }
  const nodes = [...drafts.values()];
  for (const node of nodes) node.pending = owed(node, comparisons);
  const judged = nodes.filter(({ pending }) => pending.length === 0);
  value(rules, drafts, judged, comparisons);
  for (const node of judged) backUp(rules, drafts, node);
  const expansions = log.length - comparisons.length;
  return { nodes, byId: drafts, iteration: Math.max(0, expansions - 1), calls: log.length };
}

/** Positive if verification puts `a` above `b`, negative if below, else 0. */
export function byVerdict(a: Verification, b: Verification): number {
  return VERDICT_RANK[a] - VERDICT_RANK[b];
}

function addNode(drafts: Map<string, Draft>, fact: AnswerFact): void {
  const { nodeId, parentId, answerHash, verified, tasks } = fact;
  const parent = parentId === null ? undefined : drafts.get(parentId);
  drafts.set(nodeId, {
    nodeId,
    parentId,
    depth: parent ? parent.depth + 1 : 0,
    answerHash,
    verified,
    children: [],
    n: 1,
    duplicates: 0,
    qLocal: null,
    qGlobal: null,
    q0: null,
    Q: null,
    pending: tasks,
    beatsParent: false,
  });
  parent?.children.push(nodeId);
  visit(drafts, parentId);
}

function countDuplicate(drafts: Map<string, Draft>, parentId: string): void {
  const parent = drafts.get(parentId);
  if (parent) parent.duplicates += 1;
  visit(drafts, parentId);
}

/** Counts a visit of `from` and of each of its ancestors. */
function visit(drafts: Map<string, Draft>, from: string | null): void {
  for (let node = lookUp(drafts, from); node; node = lookUp(drafts, node.parentId)) node.n += 1;
}

function lookUp(drafts: Map<string, Draft>, id: string | null): Draft | undefined {
  return id === null ? undefined : drafts.get(id);
}

/** Tasks without a judgement. `pending` of a draft holds all tasks until then. */
function owed(node: Draft, comparisons: readonly ComparisonFact[]): JudgeTask[] {
  const done = comparisons.filter(({ a }) => a === node.nodeId);
  return node.pending.filter(
    ({ against, swapped }) => !done.some((fact) => fact.b === against && fact.swapped === swapped),
  );
}

/** Ranks, comparisons with the parent, and what a verifier overrides. Fills Q with the node's own value. */
function value(
  rules: SearchRules,
  drafts: Map<string, Draft>,
  judged: readonly Draft[],
  comparisons: readonly ComparisonFact[],
): void {
  const places = new Map(judged.map(({ nodeId }, index) => [nodeId, index]));
  const duels = comparisons.flatMap(({ a, b, scoreA, scoreB }): Duel[] => {
    const [first, second] = [places.get(a), places.get(b)];
    if (first === undefined || second === undefined || scoreA === null || scoreB === null) return [];
    return [{ a: first, b: second, margin: scoreA - scoreB }];
  });
  const quantiles = judged.length === 0 ? [] : aggregate(rules.aggregator, judged.length, duels);
  for (const [index, node] of judged.entries()) {
    const parent = lookUp(drafts, node.parentId);
    const lead = parent ? leadOver(node.nodeId, parent.nodeId, comparisons) : 0;
    const verdict = parent ? byVerdict(node.verified, parent.verified) : 0;
    node.qLocal = localValue(lead, 0);
    node.qGlobal = quantiles[index] ?? 0.5;
    node.q0 = checked(node.verified) ?? ownValue(rules.alpha, node.qGlobal, node.qLocal);
    node.Q = node.q0;
    node.beatsParent = verdict === 0 ? lead > 0 : verdict > 0;
  }
}

/** Mean of the judged differences to the parent. */
function leadOver(nodeId: string, parentId: string, comparisons: readonly ComparisonFact[]): number {
  const leads = comparisons.flatMap(({ a, b, scoreA, scoreB }) =>
    a === nodeId && b === parentId && scoreA !== null && scoreB !== null ? [scoreA - scoreB] : [],
  );
  return leads.length === 0 ? 0 : leads.reduce((sum, lead) => sum + lead, 0) / leads.length;
}

function checked(verified: Verification): number | null {
  if (verified === 'unknown') return null;
  return verified === 'pass' ? 1 : 0;
}

function backUp({ gamma }: SearchRules, drafts: Map<string, Draft>, from: Draft): void {
  let child = from;
  for (let node = lookUp(drafts, from.parentId); node; node = lookUp(drafts, node.parentId)) {
    if (node.Q === null || child.Q === null) return;
    node.Q = backedUp(gamma, node.Q, child.Q);
    child = node;
  }
}
