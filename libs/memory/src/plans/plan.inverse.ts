import type { InverseOp, PlanFragment } from './plan.ops';

/** Reason of a fragment that was deleted because its plan was reverted. */
export const REVERTED = 'reverted';

/** Reverts a plan: added fragments are deleted, changed ones restored. Counters of later uses stay. */
export function applyInverse(
  inverse: readonly InverseOp[],
  fragments: readonly PlanFragment[],
): { readonly changed: readonly PlanFragment[]; readonly before: readonly PlanFragment[] } {
  const before = new Map(fragments.map((fragment) => [fragment.fragmentId, fragment]));
  const now = new Map(before);
  for (const op of inverse) {
    const fragment = now.get(op.fragmentId);
    const first = before.get(op.fragmentId);
    // Erased in the meantime, so there is nothing to revert.
    if (!fragment || !first) continue;
    now.set(op.fragmentId, { ...undone(fragment, op), version: first.version + 1 });
  }
  const changed = [...now.values()].filter((fragment) => before.get(fragment.fragmentId) !== fragment);
  return { changed, before: changed.flatMap(({ fragmentId }) => before.get(fragmentId) ?? []) };
}

function undone(fragment: PlanFragment, op: InverseOp): PlanFragment {
  switch (op.op) {
    case 'remove':
      return { ...fragment, status: 'deleted', reason: REVERTED };
    case 'disagree':
      return { ...fragment, strength: fragment.strength - 1, status: op.status };
    case 'restore': {
      const { text, keys, tags, status, reason, learnt } = op;
      const before = { ...fragment, text, keys: [...keys], tags: [...tags], status, reason };
      if (!learnt) return before;
      const provenance = fragment.provenance.filter(({ runId }) => !learnt.runIds.includes(runId));
      return { ...before, origin: learnt.origin, provenance };
    }
  }
}
