import type { ActionInput, MethodResult, StartParams, Tree } from '@assent/contract';

type StoredRun = Pick<MethodResult<'run/get'>, 'goal' | 'workspace'>;

/** Params that start the run again, made from its tree. null: a run without a tree has only its goal. */
export function paramsOf({ goal, workspace }: StoredRun, tree: Tree | null): StartParams {
  if (!tree) return { goal, workspace };
  const { mode, depth, alpha, beta, lambda, effortScale, messageScale, asking, ranking } = tree.params;
  return {
    goal,
    workspace,
    actions: tree.actions.map(actionOf),
    beliefs: {
      assumptions: tree.assumptions.map(({ id, text, p, excludes, given }) => ({
        id,
        text,
        p,
        ...(excludes.length > 0 ? { excludes } : {}),
        ...(given.length > 0 ? { given } : {}),
      })),
      associations: tree.associations,
      ...(tree.gains ? { gains: tree.gains } : {}),
    },
    params: { mode, depth, alpha, beta, lambda, effortScale, messageScale, ranking, ...(asking ? { asking } : {}) },
  };
}

/** What a caller gives; the tree has every default filled in. */
function actionOf(action: Tree['actions'][number]): ActionInput {
  const { id, kind, label, tool, args, question, effort, baseCost, irreversible, key } = action;
  return {
    id,
    kind,
    label,
    ...(kind === 'tool' && tool !== undefined ? { tool, ...(args ? { args } : {}), effort } : {}),
    ...(question === undefined ? {} : { question }),
    ...(baseCost === 0 ? {} : { baseCost }),
    ...(irreversible ? { irreversible } : {}),
    ...(key === undefined ? {} : { key }),
  };
}
