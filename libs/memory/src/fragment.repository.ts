import { Injectable } from '@nestjs/common';
import type { Fragment, FragmentState, FragmentVersion } from '@assent/contract';
import { Database, sql } from '@assent/platform';
import { FRAGMENT_COLUMNS, toFragment, type FragmentRow } from './fragment.record';

/** Filters for a list of fragments. */
export interface FragmentFilter {
  readonly status?: FragmentState | undefined;
  readonly agent?: string | undefined;
  readonly tag?: string | undefined;
  readonly runId?: string | undefined;
}

/** Fragments, one statement per method, within one tenant. */
@Injectable()
export class FragmentRepository {
  constructor(private readonly database: Database) {}

  async byIds(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Fragment>> {
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<FragmentRow>(sql`
      select ${FRAGMENT_COLUMNS} from memory_fragments where tenant_id = ${tenantId} and id = any(${ids}::uuid[])`);
    return new Map(rows.map((row) => [row.fragmentId, toFragment(row)]));
  }

  /** Newest first; ids are time-ordered, so the last id of a page is the cursor of the next. */
  async list(tenantId: string, filter: FragmentFilter, before: string | null, limit: number): Promise<Fragment[]> {
    const { status, agent, tag, runId } = filter;
    const rows = await this.database.query<FragmentRow>(sql`
      select ${FRAGMENT_COLUMNS} from memory_fragments where tenant_id = ${tenantId}
        ${status === undefined ? sql`` : sql`and status = ${status}`}
        ${agent === undefined ? sql`` : sql`and agent = ${agent}`}
        ${tag === undefined ? sql`` : sql`and ${tag} = any(tags)`}
        ${runId === undefined ? sql`` : sql`and provenance @> ${JSON.stringify([{ runId }])}::jsonb`}
        ${before === null ? sql`` : sql`and id < ${before}`}
      order by id desc limit ${limit}`);
    return rows.map(toFragment);
  }

  /** Earlier versions, the newest first. */
  async history(tenantId: string, fragmentId: string, limit = 100): Promise<FragmentVersion[]> {
    const rows = await this.database.query<Omit<FragmentVersion, 'createdAt'> & { createdAt: Date }>(sql`
      select version, status, text, keys, tags, plan_id as "planId", created_at as "createdAt" from memory_fragment_versions
      where tenant_id = ${tenantId} and fragment_id = ${fragmentId} order by version desc limit ${limit}`);
    return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
  }

  async findByHash(tenantId: string, hash: string): Promise<{ fragmentId: string; status: FragmentState } | null> {
    const rows = await this.database.query<{ fragmentId: string; status: FragmentState }>(sql`
      select id as "fragmentId", status from memory_fragments where tenant_id = ${tenantId} and text_hash = ${hash}`);
    return rows[0] ?? null;
  }

  /**
   * Adds noted uses to the credit of their fragments. Each use counts once, whichever replica does it. Fragments that a run
   * is changing wait for the next pass: waiting for them while others are locked would be a deadlock.
   */
  async countUses(limit: number): Promise<void> {
    await this.database.query(sql`
      with uses as (select fragment_id, run_id from memory_uses where not counted order by fragment_id limit ${limit} for update skip locked),
      locked as (select id from memory_fragments where id in (select fragment_id from uses) for update skip locked),
      marked as (update memory_uses set counted = true from uses, locked
        where memory_uses.fragment_id = uses.fragment_id and memory_uses.run_id = uses.run_id and locked.id = uses.fragment_id
        returning memory_uses.fragment_id, helped),
      sums as (select fragment_id, count(*) filter (where helped) as helped, count(*) filter (where not helped) as harmed from marked group by fragment_id)
      update memory_fragments set helpful = helpful + sums.helped, harmful = harmful + sums.harmed, updated_at = date_trunc('milliseconds', now())
      from sums where memory_fragments.id = sums.fragment_id`);
  }
}
