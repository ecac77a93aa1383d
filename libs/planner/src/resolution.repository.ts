import { Injectable } from '@nestjs/common';
import type { Assumption, BeliefSource, ResolutionSource, Tree } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';
import { statedP } from './calibration/recalibrated';
import { beliefOf } from './replan';

/** What is known of an assumption by now, and what had been believed of it. */
export interface NewResolution {
  readonly assumptionId: string;
  readonly truth: boolean;
  readonly step: number;
  readonly key: string;
  /** Truth of the key: the opposite of `truth` where the assumption negates it. */
  readonly keyTruth: boolean;
  readonly p: number;
  readonly belief: BeliefSource;
}

/** A resolution that runs which wait in the same workspace have not been told yet. */
export interface UnspreadResolution {
  readonly runId: string;
  readonly assumptionId: string;
  readonly tenantId: string;
  readonly workspace: string;
  readonly key: string;
  readonly keyTruth: boolean;
  readonly actor: string;
  readonly source: ResolutionSource;
}

/** Sources whose word is about the world, not about one run's way of going on. */
const SPREADING: ReadonlySet<ResolutionSource> = new Set<ResolutionSource>([
  'answer',
  'complete',
  'observation',
  'assumption/resolve',
]);

/** What was said of assumptions, one statement a method. */
@Injectable()
export class ResolutionRepository {
  constructor(private readonly database: Database) {}

  /** Assumption id to truth. */
  async ofRun(runId: string): Promise<Record<string, boolean>> {
    const rows = await this.database.query<{ id: string; truth: boolean }>(
      sql`select assumption_id as id, truth from resolutions where run_id = ${runId}`,
    );
    return Object.fromEntries(rows.map(({ id, truth }) => [id, truth]));
  }

  /** Oldest first. */
  async unspread(limit: number): Promise<UnspreadResolution[]> {
    return this.database.query<UnspreadResolution>(sql`
      select run_id as "runId", assumption_id as "assumptionId", tenant_id as "tenantId", workspace, key,
        key_truth as "keyTruth", actor, source
      from resolutions where not spread order by created_at limit ${limit}`);
  }

  /**
   * What was settled since a time (the database's clock) of assumptions that are open in the tree of a step: in the run
   * itself, or in another one of its workspace. Whoever made that tree did not know it.
   */
  async settledMeanwhile(runId: string, step: number, since: Date): Promise<UnspreadResolution[]> {
    return this.database.query<UnspreadResolution>(sql`
      select r.run_id as "runId", r.assumption_id as "assumptionId", r.tenant_id as "tenantId", r.workspace, r.key,
        r.key_truth as "keyTruth", r.actor, r.source
      from runs join trees on trees.run_id = runs.id and trees.step = ${step}
        join resolutions r on r.tenant_id = runs.tenant_id and r.workspace = runs.workspace and r.created_at >= ${since}
      where runs.id = ${runId} and r.key = any(trees.keys) and (r.run_id = runs.id or r.source = any(${[...SPREADING]}::text[]))
      order by r.created_at limit 64`);
  }

  async markSpread({ runId, assumptionId }: Pick<UnspreadResolution, 'runId' | 'assumptionId'>): Promise<void> {
    await this.database.query(
      sql`update resolutions set spread = true where run_id = ${runId} and assumption_id = ${assumptionId}`,
    );
  }
}

/** A resolution with what its tree believed. */
export function resolutionOf(assumption: Assumption, truth: boolean, step: number): NewResolution {
  const { id, key, negated } = assumption;
  const belief: BeliefSource = beliefOf({ assumptions: [assumption] });
  return { assumptionId: id, truth, step, key, keyTruth: truth !== negated, p: statedP(assumption), belief };
}

/** Finds an assumption by id in a tree. */
export function assumptionIn(tree: Tree, assumptionId: string): Assumption | undefined {
  return tree.assumptions.find(({ id }) => id === assumptionId);
}

/** Keeps what was said of assumptions; the first word on each stands. */
export function insertResolutions(resolutions: readonly NewResolution[], source: ResolutionSource, actor: string): Cte {
  const column = <K extends keyof NewResolution>(name: K) => resolutions.map((resolution) => resolution[name]);
  return cte(
    'resolved',
    sql`insert into resolutions (run_id, assumption_id, tenant_id, truth, source, actor, step, key, key_truth, p, belief,
        workspace, spread, created_at)
      select held.id, said.id, held."tenantId", said.truth, ${source}, ${actor}, said.step, said.key, said.key_truth, said.p,
        said.belief, held.workspace, ${!SPREADING.has(source)}, held."updatedAt"
      from held, unnest(${column('assumptionId')}::text[], ${column('truth')}::boolean[], ${column('step')}::integer[],
        ${column('key')}::text[], ${column('keyTruth')}::boolean[], ${column('p')}::double precision[],
        ${column('belief')}::text[]) as said (id, truth, step, key, key_truth, p, belief)
      on conflict do nothing`,
  );
}
