import { Injectable } from '@nestjs/common';
import type { Assumption, BeliefSource, ResolutionHow, ResolutionSource, Tree } from '@assent/contract';
import { Database, Reference, cte, sql, RUN, type RunPart } from '@assent/platform';
import { statedP } from './calibration/recalibrated';
import type { KnownTruths } from './facts';
import { beliefOf } from './replan';

/** The resolution of an assumption, and the belief before it. */
export interface NewResolution {
  readonly assumptionId: string;
  readonly truth: boolean;
  readonly step: number;
  readonly key: string;
  /** Truth of the key: the opposite of `truth` if the assumption negates it. */
  readonly keyTruth: boolean;
  readonly p: number;
  readonly belief: BeliefSource;
  readonly how: ResolutionHow;
}

export interface StoredResolution extends Pick<NewResolution, 'assumptionId' | 'truth' | 'how'> {
  readonly source: ResolutionSource;
  readonly actor: string;
}

/** The step of a run whose tree is used, and when planning it began, on the database's clock. */
export interface PlannedRun {
  readonly id: string;
  readonly workspace: string;
  readonly step: number;
  readonly since: Date;
}

/** A resolution that waiting runs in the same workspace have not received yet. */
export interface UnspreadResolution {
  readonly runId: string;
  readonly assumptionId: string;
  readonly tenantId: string;
  readonly workspace: string;
  readonly key: string;
  readonly keyTruth: boolean;
  readonly actor: string;
  readonly source: ResolutionSource;
  readonly how: ResolutionHow;
}

/** Sources that make a claim about the world and not just about one run. */
const SPREADING: ReadonlySet<ResolutionSource> = new Set<ResolutionSource>([
  'answer',
  'complete',
  'observation',
  'assumption/resolve',
]);

/** A unique key of a resolution across all runs. */
export function resolutionKey({ runId, assumptionId }: Pick<UnspreadResolution, 'runId' | 'assumptionId'>): string {
  return `${runId}/${assumptionId}`;
}

/** Resolutions of assumptions, one statement per method. */
@Injectable()
export class ResolutionRepository {
  constructor(private readonly database: Database) {}

  /** The known truths of a run's assumptions. */
  async ofRun(runId: string): Promise<KnownTruths> {
    const rows = await this.database.query<{ id: string; truth: boolean; how: ResolutionHow }>(
      sql`select assumption_id as id, truth, how from resolutions where run_id = ${runId}`,
    );
    return {
      resolutions: Object.fromEntries(rows.map(({ id, truth }) => [id, truth])),
      interventions: rows.flatMap(({ id, how }) => (how === 'set' ? [id] : [])),
    };
  }

  /** The resolutions of a run's assumptions, oldest first. */
  async list(runId: string): Promise<StoredResolution[]> {
    return this.database.query<StoredResolution>(sql`
      select assumption_id as "assumptionId", truth, source, actor, how from resolutions
      where run_id = ${runId} order by created_at, assumption_id`);
  }

  /** Unspread resolutions, oldest first. @param except keys from `resolutionKey` */
  async unspread(limit: number, except: readonly string[]): Promise<UnspreadResolution[]> {
    return this.database.query<UnspreadResolution>(sql`
      select run_id as "runId", assumption_id as "assumptionId", tenant_id as "tenantId", workspace, key,
        key_truth as "keyTruth", actor, source, how
      from resolutions where not spread and run_id || '/' || assumption_id not in (select unnest(${except}::text[])) order by created_at limit ${limit}`);
  }

  /**
   * By run: resolutions since its planning began of assumptions that are open in its tree, in the same run or in another run
   * of its workspace. The tree was built without them.
   */
  async resolvedMeanwhile(
    tenantId: string,
    runs: readonly PlannedRun[],
  ): Promise<ReadonlyMap<string, readonly UnspreadResolution[]>> {
    const column = <K extends keyof PlannedRun>(name: K) => runs.map((run) => run[name]);
    const rows = await this.database.query<UnspreadResolution & { readonly plannedRun: string }>(sql`
      select planned.id as "plannedRun", resolved.* from unnest(${column('id')}::uuid[], ${column('workspace')}::text[],
          ${column('step')}::integer[], ${column('since')}::timestamptz[]) as planned (id, workspace, step, since),
        lateral (
          select r.run_id as "runId", r.assumption_id as "assumptionId", r.tenant_id as "tenantId", r.workspace, r.key,
            r.key_truth as "keyTruth", r.actor, r.source, r.how
          from trees join resolutions r on r.tenant_id = ${tenantId} and r.workspace = planned.workspace and r.created_at >= planned.since
          where trees.run_id = planned.id and trees.step = planned.step and r.key = any(trees.keys)
            and (r.run_id = planned.id or r.source = any(${[...SPREADING]}::text[]))
          order by r.created_at limit 64
        ) as resolved`);
    const byRun = new Map<string, UnspreadResolution[]>();
    for (const { plannedRun, ...resolution } of rows) {
      byRun.set(plannedRun, [...(byRun.get(plannedRun) ?? []), resolution]);
    }
    return byRun;
  }

  async markSpread({ runId, assumptionId }: Pick<UnspreadResolution, 'runId' | 'assumptionId'>): Promise<void> {
    await this.database.query(
      sql`update resolutions set spread = true where run_id = ${runId} and assumption_id = ${assumptionId}`,
    );
  }
}

/** A resolution together with the belief in its tree. */
export function resolutionOf(
  assumption: Assumption,
  truth: boolean,
  step: number,
  how: ResolutionHow = 'observed',
): NewResolution {
  const { id, key, negated } = assumption;
  const belief: BeliefSource = beliefOf({ assumptions: [assumption] });
  return { assumptionId: id, truth, step, key, keyTruth: truth !== negated, p: statedP(assumption), belief, how };
}

/** Frames carry `how` only if it is not the default, `observed`. */
export function howOf(how: ResolutionHow): { how?: ResolutionHow } {
  return how === 'set' ? { how } : {};
}

/** Finds an assumption by id in a tree. */
export function assumptionIn(tree: Tree, assumptionId: string): Assumption | undefined {
  return tree.assumptions.find(({ id }) => id === assumptionId);
}

/** The rows stored by `insertResolutions`. */
export const RESOLVED = new Reference<'insert_resolutions'>('insert_resolutions');

/** Stores resolutions, available as `RESOLVED`. The first resolution of an assumption wins. */
export function insertResolutions(
  resolutions: readonly NewResolution[],
  source: ResolutionSource,
  actor: string,
): RunPart {
  const column = <K extends keyof NewResolution>(name: K) => resolutions.map((resolution) => resolution[name]);
  return cte(
    RESOLVED.name,
    sql`insert into resolutions (run_id, assumption_id, tenant_id, truth, source, actor, step, key, key_truth, p, belief,
        how, workspace, spread, created_at)
      select ${RUN.column('id')}, said.id, ${RUN.column('tenantId')}, said.truth, ${source}, ${actor}, said.step, said.key, said.key_truth, said.p,
        said.belief, said.how, ${RUN.column('workspace')}, ${!SPREADING.has(source)}, ${RUN.column('updatedAt')}
      from ${RUN}, unnest(${column('assumptionId')}::text[], ${column('truth')}::boolean[], ${column('step')}::integer[],
        ${column('key')}::text[], ${column('keyTruth')}::boolean[], ${column('p')}::double precision[],
        ${column('belief')}::text[], ${column('how')}::text[]) as said (id, truth, step, key, key_truth, p, belief, how)
      on conflict do nothing returning run_id, tenant_id, workspace, key, key_truth, created_at`,
  );
}
