import { Injectable } from '@nestjs/common';
import type { Fragment, FragmentState, Outcome, Provenance, RankedFragment } from '@assent/contract';
import { Database, contentHashOf, cte, newId, sql, type Cte } from '@assent/platform';
import type { Lesson } from './lesson';

interface FragmentRow extends Omit<Fragment, 'createdAt'> {
  readonly createdAt: Date;
  readonly rank: number;
}

/** Strength of a new fragment; each agreement adds one, each removal takes one, at 0 it is dropped. */
const FIRST_STRENGTH = 2;
/** Independent runs that must agree before a staged fragment is used. */
const AGREEMENT = 2;

/** Matches that are ranked at most, newest first: ranking reads every one of them. */
const CANDIDATES = 500;

/** Lessons in Postgres, one statement a method, never across a tenant. */
@Injectable()
export class FragmentRepository {
  constructor(private readonly database: Database) {}

  /** Full-text search, best first. */
  async search(
    tenantId: string,
    query: string,
    statuses: readonly FragmentState[],
    limit: number,
  ): Promise<RankedFragment[]> {
    const active = statuses.length === 1 && statuses[0] === 'active';
    // A literal condition, so that the partial index over active fragments can serve a recall.
    const status = active ? sql`status = 'active'` : sql`status = any(${statuses}::text[])`;
    // Words are joined by OR: a query is a sentence, and no lesson repeats all of it.
    const rows = await this.database.query<FragmentRow>(sql`
      with query as (select replace(plainto_tsquery('english', ${query})::text, '&', '|')::tsquery as words),
      matches as (
        select memory_fragments.*, query.words from memory_fragments, query
        where tenant_id = ${tenantId} and ${status} and document @@ query.words order by id desc limit ${CANDIDATES}
      )
      select id as "fragmentId", status, text, keys, tags, helpful, harmful, strength, version, provenance, created_at as "createdAt",
        ts_rank(document, words)::float8 * (helpful + 1.0) / (helpful + harmful + 2.0) as rank
      from matches order by rank desc, id limit ${limit}`);
    return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
  }

  async findByText(tenantId: string, text: string): Promise<{ fragmentId: string; status: FragmentState } | null> {
    const rows = await this.database.query<{ fragmentId: string; status: FragmentState }>(sql`
      select id as "fragmentId", status from memory_fragments where tenant_id = ${tenantId} and text_hash = ${contentHashOf(text)}`);
    return rows[0] ?? null;
  }

  /** Adds noted uses to the credit of their fragments. Each use counts once, whichever replica does it. */
  async countUses(limit: number): Promise<void> {
    await this.database.query(sql`
      with uses as (select fragment_id, run_id from memory_uses where not counted order by fragment_id limit ${limit} for update skip locked),
      marked as (update memory_uses set counted = true from uses
        where memory_uses.fragment_id = uses.fragment_id and memory_uses.run_id = uses.run_id returning memory_uses.fragment_id, helped),
      sums as (select fragment_id, count(*) filter (where helped) as helped, count(*) filter (where not helped) as harmed from marked group by fragment_id)
      update memory_fragments set helpful = helpful + sums.helped, harmful = harmful + sums.harmed, updated_at = now()
      from sums where memory_fragments.id = sums.fragment_id`);
  }
}

/**
 * Keeps the lesson of one run, as `learnt (id, status)`. A lesson that another run left already gains an agreement; two
 * independent runs make a staged one active.
 */
export function learn(goal: string, lesson: Lesson, source: Provenance): Cte {
  const good = source.outcome === 'success' ? 1 : 0;
  return cte(
    'learnt',
    sql`insert into memory_fragments as old (id, tenant_id, status, text, text_hash, keys, tags, helpful, harmful, strength, version, provenance, document,
        created_at, updated_at)
      select ${newId()}, held."tenantId", 'staged', ${lesson.text}, ${contentHashOf(lesson.text)}, ${[goal]}::text[], ${lesson.tags}::text[], ${good}, ${1 - good},
        ${FIRST_STRENGTH}, 1, ${JSON.stringify([source])}, to_tsvector('english', ${lesson.text}), held."updatedAt", held."updatedAt" from held
      on conflict (tenant_id, text_hash) do update set
        strength = old.strength + 1, helpful = old.helpful + excluded.helpful, harmful = old.harmful + excluded.harmful,
        version = old.version + 1, provenance = old.provenance || excluded.provenance, updated_at = excluded.updated_at,
        status = case when old.status = 'staged' and jsonb_array_length(old.provenance) + 1 >= ${AGREEMENT} then 'active' else old.status end
      returning id, status`,
  );
}

/** Notes for each fragment that a run had recalled whether it helped; `countUses` adds it up. */
export function creditRecalled(outcome: Outcome): Cte {
  return cte(
    'credited',
    sql`insert into memory_uses (fragment_id, run_id, tenant_id, helped, counted, created_at)
      select fragment_id, held.id, held."tenantId", ${outcome === 'success'}, false, held."updatedAt"
      from held join runs on runs.id = held.id, unnest(runs.recalled) as fragment_id on conflict do nothing`,
  );
}
