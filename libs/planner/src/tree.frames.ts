import { frame, type Assumption, type FrameBody, type NewFrame, type Tree } from '@assent/contract';
import type { Plan } from './plan';

/** The frames of a planned step: its open assumptions, its tree, the scored paths and the choice. */
export function treeFrames(step: number, plan: Plan): NewFrame[] {
  const { tree, paths } = plan;
  const { actionId, mode, U, margin } = tree.chosen;
  const labels = new Map(tree.actions.map(({ id, label }) => [id, label]));
  const labelOf = (id: string) => ({ label: labels.get(id) ?? id });
  return [
    ...tree.assumptions.filter(({ resolved }) => resolved === null).map((assumption) => addedFrame(step, assumption)),
    frame('tree.built', step, {
      treeId: tree.id,
      composer: plan.composer,
      degraded: plan.degraded,
      assumptions: tree.assumptions.length,
      leaves: paths.length,
      inputHash: tree.inputHash,
      warnings: plan.warnings,
      actions: tree.actions.map(({ id, kind, label }) => ({ id, kind, label })),
      ...learnedOf(tree),
    }),
    ...paths.map(({ leafId, path, actionId: leafAction, L, G, C, U: leafU }) =>
      frame('path.scored', step, {
        treeId: tree.id,
        leafId,
        path: [...path],
        actionId: leafAction,
        ...labelOf(leafAction),
        L,
        G,
        C,
        U: leafU,
      }),
    ),
    frame('path.chosen', step, {
      treeId: tree.id,
      actionId,
      ...labelOf(actionId),
      mode,
      U,
      margin,
      modesAgree: tree.modesAgree,
      rationale: tree.rationale ?? null,
    }),
  ];
}

/** That an assumption joined the tree of a step. */
export function addedFrame(step: number, { id, text, p, learned }: Assumption): NewFrame {
  return frame('assumption.added', step, { assumptionId: id, text, p, ...(learned ? { learned } : {}) });
}

/** Learned values of the actions, and how they were used. */
function learnedOf({ params, actions }: Tree): Partial<FrameBody<'tree.built'>> {
  const { learning } = params;
  if (learning === undefined) return {};
  const learned = actions.flatMap((action) =>
    action.learned ? [{ actionId: action.id, learned: action.learned }] : [],
  );
  return { learning, ...(learned.length > 0 ? { learned } : {}) };
}
