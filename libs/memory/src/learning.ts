import type { Outcome, Provenance } from '@assent/contract';
import { cte, newId, sql, type Cte, type Sql } from '@assent/platform';
import { KEY_MAX_CHARS, PROVENANCE_AT_MOST } from './bounds';
import type { Lesson } from './lesson';
import { AGREEMENT, FIRST_STRENGTH } from './promotion';
import { UNPARSED } from './plans/plan.ops';
import { textHashOf } from './text-hash';

/** A lesson as it is kept: redacted, in a scope, with the run it comes from. */
export interface NewLesson {
  readonly agent: string;
  readonly goal: string;
  readonly lesson: Lesson;
  readonly source: Provenance;
  /** false: it stays staged however many runs agree, see `widens`. */
  readonly promotable: boolean;
}

/**
 * Keeps the lesson of one run, as `learnt (id, status)`. A lesson that another run left already gains an agreement; two
 * independent runs make a staged one active, unless promotion is frozen.
 */
export function learn({ agent, goal, lesson, source, promotable }: NewLesson): Cte {
  const good = source.outcome === 'success' ? 1 : 0;
  const promotes = sql`(old.status = 'staged' and ${promotable} and not ${UNPARSED} = any(old.tags) and jsonb_array_length(old.provenance) + 1 >= ${AGREEMENT}
        and not exists (select from memory_heads where tenant_id = excluded.tenant_id and frozen))`;
  return cte(
    'learnt',
    sql`insert into memory_fragments as old (id, tenant_id, agent, origin, status, text, text_hash, keys, tags, helpful, harmful, strength,
        version, provenance, document, created_at, updated_at)
      select ${newId()}, held."tenantId", ${agent}, 'run', 'staged', ${lesson.text}, ${textHashOf(agent, lesson.text)},
        ${[goal.slice(0, KEY_MAX_CHARS)]}::text[], ${lesson.tags}::text[], ${good}, ${1 - good}, ${FIRST_STRENGTH}, 1,
        ${JSON.stringify([source])}, to_tsvector('english', ${lesson.text}), held."updatedAt", held."updatedAt" from held
      on conflict (tenant_id, text_hash) do update set
        strength = old.strength + 1, helpful = old.helpful + excluded.helpful, harmful = old.harmful + excluded.harmful,
        version = old.version + 1, updated_at = excluded.updated_at,
        provenance = case when jsonb_array_length(old.provenance) >= ${PROVENANCE_AT_MOST} then old.provenance - 0 else old.provenance end
          || excluded.provenance,
        status = case when ${promotes} then 'active' else old.status end,
        active_at = case when ${promotes} then excluded.updated_at else old.active_at end
      returning id, status`,
  );
}

/** A run that went the same way to the opposite verdict takes one off the strength; at 0 the lesson is dropped. */
export function oppose(agent: string, opposite: Lesson): Cte {
  return cte(
    'opposed',
    sql`update memory_fragments set strength = strength - 1, updated_at = held."updatedAt", version = version + 1,
        status = case when strength <= 1 then 'deleted' else status end, reason = case when strength <= 1 then 'wrong' else reason end
      from held where tenant_id = held."tenantId" and text_hash = ${textHashOf(agent, opposite.text)} and status in ('staged', 'active')`,
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

/** What a finished run leaves beside its lesson: the path it took and what became of it. */
export interface NewExperience {
  readonly goal: string;
  readonly outcome: Outcome;
  readonly score: number | null;
  readonly ending: string;
  readonly action: string;
  readonly tool: string | null;
  readonly path: readonly { readonly text: string; readonly value: boolean }[];
  /** The advice that its search began with, JSON of its newest diff, and of the decision on it: expressions over `held`, or null. */
  readonly metaPromptId: Sql;
  readonly diff: Sql;
  readonly decision: Sql;
}

export function recordExperience(experience: NewExperience): Cte {
  const { goal, outcome, score, ending, action, tool, path, metaPromptId, diff, decision } = experience;
  return cte(
    'experienced',
    sql`insert into memory_experiences (run_id, tenant_id, agent, goal, goal_key, outcome, score, ending, action, tool, path, diff, decision,
        meta_prompt_id, created_at)
      select held.id, held."tenantId", held.requester, ${goal}, ${goalKey(goal)}, ${outcome}, ${score}, ${ending}, ${action}, ${tool},
        ${JSON.stringify(path)}, (${diff}), (${decision}), (${metaPromptId})::uuid, held."updatedAt" from held
      on conflict do nothing`,
  );
}

/** Goals that differ in case and spaces only are one. */
export function goalKey(goal: string): string {
  return textHashOf(null, goal.toLowerCase().replace(/\s+/gu, ' ').trim());
}
