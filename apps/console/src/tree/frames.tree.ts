import type { FrameBody, PlannerMode } from '@assent/contract';
import type { RunView } from '@assent/client';
import type { Branch, DrawnAction, DrawnAssumption, DrawnChoice, DrawnNode, DrawnTree } from './drawn.tree';

type Path = FrameBody<'path.scored'>;
/** What a run's frames say of its tree. */
export type TreeFrames = Pick<RunView, 'tree' | 'paths' | 'chosen' | 'assumptions'>;

const MODES: readonly string[] = ['paper', 'aggregate', 'expected'] satisfies PlannerMode[];

/** The tree as far as the frames have come; null: none was built in this step. */
export function drawnFrom({ tree, paths, chosen, assumptions }: TreeFrames): DrawnTree | null {
  if (!tree) return null;
  const isWhole = chosen !== null || paths.length >= tree.leaves;
  return {
    treeId: tree.treeId,
    root: paths.length > 0 ? nodeOf(paths, [], null, isWhole) : null,
    assumptions: new Map(
      assumptions.map(({ assumptionId, text, p, learned, resolved }): [string, DrawnAssumption] => [
        assumptionId,
        {
          id: assumptionId,
          text: text ?? assumptionId,
          p: p ?? Number(resolved?.truth ?? 0.5),
          resolved: resolved?.truth ?? null,
          ...(resolved?.how ? { how: resolved.how } : {}),
          ...(learned ? { learned } : {}),
        },
      ]),
    ),
    actions: actionsOf(tree, paths, chosen),
    chosen: chosen && choiceOf(chosen, paths),
    ranking: null,
    modesAgree: chosen?.modesAgree ?? null,
    others: [],
    rationale: chosen?.rationale ?? null,
    lambda: null,
    asking: null,
    settles: new Map(),
  };
}

function nodeOf(paths: readonly Path[], above: readonly boolean[], branch: Branch | null, isWhole: boolean): DrawnNode {
  const depth = above.length;
  const id = `f${above.map(Number).join('')}`;
  const [first] = paths as readonly [Path];
  const next = first.path[depth];
  if (!next) {
    const { leafId, actionId, L, G, C, U } = first;
    return { kind: 'leaf', id, branch, actionId, score: { L, G, C, U }, scoredAs: leafId, children: [] };
  }
  const likelihood = (list: readonly Path[]) => list.reduce((sum, { L }) => sum + L, 0);
  const sides = [true, false].map((value) => paths.filter(({ path }) => path[depth]?.value === value));
  const [yes = [], no = []] = sides;
  const total = likelihood(paths);
  const pTrue = isWhole && total > 0 ? likelihood(yes) / total : null;
  const below = (list: readonly Path[], value: boolean): DrawnNode[] => {
    const p = pTrue === null ? null : value ? pTrue : 1 - pTrue;
    return list.length === 0 ? [] : [nodeOf(list, [...above, value], { value, p }, isWhole)];
  };
  return {
    kind: 'split',
    id,
    branch,
    assumptionId: next.assumptionId,
    pTrue,
    isDecisive: null,
    group: null,
    children: [...below(yes, true), ...below(no, false)],
  };
}

function actionsOf(
  { actions = [] }: FrameBody<'tree.built'>,
  paths: readonly Path[],
  chosen: FrameBody<'path.chosen'> | null,
): Map<string, DrawnAction> {
  const named = [...paths, ...(chosen ? [chosen] : [])].map(({ actionId, label = actionId }): DrawnAction => {
    return { id: actionId, label, kind: null };
  });
  return new Map([...named, ...actions].map((action) => [action.id, action]));
}

function choiceOf({ actionId, mode, U, margin }: FrameBody<'path.chosen'>, paths: readonly Path[]): DrawnChoice {
  const taking = paths.filter((path) => path.actionId === actionId);
  const best = taking.reduce<Path | null>((best, path) => (best && best.U >= path.U ? best : path), null);
  return {
    actionId,
    mode: MODES.includes(mode) ? (mode as PlannerMode) : 'expected',
    U,
    margin,
    leafId: best?.leafId ?? null,
  };
}
