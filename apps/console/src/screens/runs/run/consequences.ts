import type { AssentClient } from '@assent/client';
import type { Ground, Rationale, ResolutionHow, Tree } from '@assent/contract';

/** Other waiting runs whose trees are read before a fact is recorded. */
const MAX_OTHERS = 20;
const PAGE = 100;

export interface Fact {
  readonly assumptionId: string;
  readonly truth: boolean;
  readonly how: ResolutionHow;
}

/** What a fact does to one run that waits for an approval. */
export interface Consequence {
  readonly runId: string;
  readonly goal: string;
  readonly isVoided: boolean;
  /** Labels of the actions chosen now and then. */
  readonly before: string;
  readonly after: string;
}

export interface Consequences {
  readonly runs: readonly Consequence[];
  /** Waiting runs of the workspace that were not read. */
  readonly unread: number;
}

type Reader = Pick<AssentClient, 'call'>;

/**
 * Which approvals a fact would void: that of this run, and those of other runs that wait in the same workspace on the
 * same statement. Stores nothing.
 */
export async function consequencesOf(
  client: Reader,
  run: { readonly runId: string; readonly workspace: string },
  fact: Fact,
  signal: AbortSignal,
): Promise<Consequences> {
  const filter = { state: 'waiting', waitingFor: 'approval', workspace: run.workspace, limit: PAGE } as const;
  const [own, { items, cursor }] = await Promise.all([
    client.call('tree/get', { runId: run.runId }, { signal }),
    client.call('run/list', filter, { signal }),
  ]);
  const stated = own.assumptions.find(({ id }) => id === fact.assumptionId);
  const waiting = items.toSorted((a, b) => Number(b.runId === run.runId) - Number(a.runId === run.runId));
  const read = waiting.slice(0, MAX_OTHERS + 1);
  const found = await Promise.all(
    read.map(async ({ runId, goal }) => {
      const tree = runId === run.runId ? own : await client.call('tree/get', { runId }, { signal });
      const same = tree.assumptions.find(({ key }) => key === stated?.key);
      if (!stated || same?.resolved !== null) return null;
      const truth = (fact.truth !== stated.negated) !== same.negated;
      const known = withFact(tree, { ...fact, assumptionId: same.id, truth });
      const next = await client.call('tree/score', { tree: known }, { signal });
      return {
        runId,
        goal,
        isVoided: isVoidedBy(tree, next.chosen.actionId, { assumptionId: same.id, truth }),
        before: labelOf(tree, tree.chosen.actionId),
        after: labelOf(tree, next.chosen.actionId),
      };
    }),
  );
  return {
    runs: found.filter((consequence) => consequence !== null),
    unread: waiting.length - read.length + (cursor === null ? 0 : 1),
  };
}

/** The rule of the server: the choice changes, or a ground that counts for it is refuted. */
export function isVoidedBy(
  { chosen, rationale = null }: Pick<Tree, 'chosen' | 'rationale'>,
  next: string,
  fact: Pick<Fact, 'assumptionId' | 'truth'>,
): boolean {
  return next !== chosen.actionId || (rationale !== null && isRefuted(rationale, fact));
}

function isRefuted(rationale: Rationale, { assumptionId, truth }: Pick<Fact, 'assumptionId' | 'truth'>): boolean {
  const counts = (ground: Ground): boolean =>
    ground.assumptionId === assumptionId && (ground.decisive || rationale.alternative === null);
  return (
    rationale.for.some((ground) => counts(ground) && ground.value !== truth) ||
    rationale.against.some((ground) => counts(ground) && ground.value === truth)
  );
}

function withFact(tree: Tree, { assumptionId, truth, how }: Fact): Tree {
  const assumptions = tree.assumptions.map((assumption) =>
    assumption.id === assumptionId
      ? { ...assumption, resolved: truth, ...(how === 'set' ? { how } : null) }
      : assumption,
  );
  return { ...tree, assumptions };
}

function labelOf({ actions }: Tree, actionId: string): string {
  return actions.find(({ id }) => id === actionId)?.label ?? actionId;
}
