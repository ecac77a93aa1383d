import { cte, sql, type Cte } from '@assent/platform';
import type { ApprovalRecord } from './approval.record';
import type { Vote } from './terms';

type Decided = Pick<ApprovalRecord, 'id' | 'hash' | 'revision'>;

/** One row an approval, by its primary key. */
export function insertDecision({ id, hash }: Decided, decision: string, actor: string, comment: string | null): Cte {
  return cte(
    'recorded',
    sql`insert into decisions (approval_id, tenant_id, decision, actor, hash, comment, created_at)
      select ${id}, held."tenantId", ${decision}, ${actor}, ${hash}, ${comment}, held."updatedAt" from held`,
  );
}

/** One row a person and revision: their last word. */
export function insertVote(
  { id, hash, revision }: Decided,
  { actor, decision, roles, person = null }: Vote,
  comment: string | null,
): Cte {
  return cte(
    'voted',
    sql`insert into approval_votes (approval_id, revision, actor, tenant_id, decision, hash, comment, roles, person, created_at)
      select ${id}, ${revision}, ${actor}, held."tenantId", ${decision}, ${hash}, ${comment}, ${roles}::text[], ${person}::text, held."updatedAt" from held
      on conflict (approval_id, revision, actor) do update set decision = excluded.decision, comment = excluded.comment,
        roles = excluded.roles, person = excluded.person, created_at = excluded.created_at`,
  );
}
