import type { FragmentState, Outcome, Provenance } from '@assent/contract';
import { cte, newId, sql, RUN, Reference, Sql, type RunPart } from '@assent/platform';
import { KEY_MAX_CHARS, MAX_PROVENANCE } from './bounds';
import type { Lesson } from './lesson';
import { AGREEMENT, FIRST_STRENGTH } from './promotion';
import { UNPARSED } from './plans/plan.ops';
import { searchableText } from './recall/searchable-text';
import { textHashOf } from './text-hash';

/** A lesson in its stored form: redacted, with its scope and the run it comes from. */
export interface NewLesson {
  readonly agent: string;
  readonly goal: string;
  readonly lesson: Lesson;
  readonly source: Provenance;
  /** false: it stays staged, regardless of how many runs agree; see `widens`. */
  readonly promotable: boolean;
  /** The lesson that the same path would have left with the opposite outcome. */
  readonly opposite: Lesson;
}

/** The result of `learn`. */
export const LEARNT = new Reference<'insert_memory_fragments', { readonly id: string; readonly status: FragmentState }>(
  'insert_memory_fragments',
);

/** The run had recalled the fragment: it counts as a use, and not as evidence. */
const RECALLED = (fragment: Sql) =>
  sql`exists (select from ${RUN} join runs on runs.id = ${RUN.column('id')} where ${fragment} = any(runs.recalled))`;

const LOCKED = new Reference<'lock_memory_fragments', { readonly id: string }>('lock_memory_fragments');

/**
 * Keeps the lesson of one run, as `LEARNT`, and weakens the opposite one. Both are locked first, by id as every change
 * of several fragments locks them, so that runs of opposite outcomes queue instead of deadlocking.
 */
export function learn(learnt: NewLesson): RunPart[] {
  const hashes = [learnt.lesson, learnt.opposite].map(({ text }) => textHashOf(learnt.agent, text));
  const lock = cte(
    LOCKED.name,
    sql`select memory_fragments.id from memory_fragments, ${RUN} where tenant_id = ${RUN.column('tenantId')} and text_hash = any(${hashes}::text[])
      order by memory_fragments.id for no key update of memory_fragments`,
  );
  return [lock, keep(learnt), oppose(learnt.agent, learnt.opposite)];
}

/**
 * A lesson that another run left already gains an agreement, unless this run had
 * recalled it; two independent runs make a staged one active, unless promotion is frozen. One that a rule has retired
 * is staged again, with this run as its evidence. The run that leaves a lesson is no use of it.
 */
function keep({ agent, goal, lesson, source, promotable }: NewLesson): RunPart {
  const recalled = RECALLED(sql`old.id`);
  const returns = sql`(old.status = 'deleted' and old.retired and ${promotable})`;
  const promotes = sql`(old.status = 'staged' and ${promotable} and not (${recalled}) and not ${UNPARSED} = any(old.tags) and jsonb_array_length(old.provenance) + 1 >= ${AGREEMENT}
        and not exists (select from memory_heads where tenant_id = excluded.tenant_id and frozen))`;
  return cte(
    LEARNT.name,
    sql`insert into memory_fragments as old (id, tenant_id, agent, origin, status, text, text_hash, keys, tags, helpful, harmful, strength,
        version, provenance, document, created_at, updated_at)
      select ${newId()}, ${RUN.column('tenantId')}, ${agent}, 'run', 'staged', ${lesson.text}, ${textHashOf(agent, lesson.text)},
        ${[goal.slice(0, KEY_MAX_CHARS)]}::text[], ${lesson.tags}::text[], 0, 0, ${FIRST_STRENGTH}, 1,
        ${JSON.stringify([source])}, to_tsvector('english', ${searchableText(lesson.text)}), ${RUN.column('updatedAt')}, ${RUN.column('updatedAt')} from ${RUN}, (select count(*) from ${LOCKED}) as locked
      on conflict (tenant_id, text_hash) do update set
        strength = case when ${returns} then ${FIRST_STRENGTH} when ${recalled} then old.strength else old.strength + 1 end,
        helpful = case when ${returns} then 0 else old.helpful end, harmful = case when ${returns} then 0 else old.harmful end,
        version = old.version + 1, updated_at = excluded.updated_at,
        provenance = case when ${returns} then excluded.provenance when ${recalled} then old.provenance
          when jsonb_array_length(old.provenance) >= ${MAX_PROVENANCE} then (old.provenance - 0) || excluded.provenance
          else old.provenance || excluded.provenance end,
        status = case when ${returns} then 'staged' when ${promotes} then 'active' else old.status end,
        reason = case when ${returns} then null else old.reason end, retired = old.retired and not (${returns}),
        active_at = case when ${promotes} then coalesce(old.active_at, excluded.updated_at) else old.active_at end
      returning id, status`,
  );
}

/**
 * A run that took the same path with the opposite outcome lowers the strength by one; at 0 the lesson is deleted. A run
 * that had recalled the lesson counts as a use of it instead.
 */
function oppose(agent: string, opposite: Lesson): RunPart {
  return cte(
    'update_memory_fragments',
    sql`update memory_fragments set strength = strength - 1, updated_at = ${RUN.column('updatedAt')}, version = version + 1,
        status = case when strength <= 1 then 'deleted' else status end, reason = case when strength <= 1 then 'wrong' else reason end, retired = strength <= 1
      from ${RUN} where tenant_id = ${RUN.column('tenantId')} and text_hash = ${textHashOf(agent, opposite.text)} and status in ('staged', 'active')
        and memory_fragments.id in (select locked.id from ${LOCKED} as locked) and not (${RECALLED(sql`memory_fragments.id`)})`,
  );
}

/**
 * Records for each fragment that a run had recalled whether it helped; `countUses` adds these up. A fragment recommends
 * the actions that worked in its source runs, and warns of those that failed; it says nothing about an action that did
 * both. The run counts for or against it only if it took a recommended action, or an action other than the one that it
 * warns of.
 * @param signature of the action that the run took
 */
export function creditRecalled(signature: string, outcome: Outcome): RunPart {
  const taken = (helped: boolean) =>
    sql`coalesce(array_agg(distinct signature) filter (where outcome = ${helped ? 'success' : 'failure'}), '{}')`;
  const except = (some: string, others: string) =>
    new Sql([`array(select unnest(${some}) except select unnest(${others}))`], []);
  return cte(
    'insert_memory_uses',
    sql`insert into memory_uses (fragment_id, run_id, tenant_id, helped, counted, created_at)
      select recalled.id, ${RUN.column('id')}, ${RUN.column('tenantId')}, ${outcome === 'success'}, false, ${RUN.column('updatedAt')}
      from ${RUN} join runs on runs.id = ${RUN.column('id')}
        join memory_fragments recalled on recalled.id = any(runs.recalled) and recalled.tenant_id = ${RUN.column('tenantId')},
        lateral (
          select ${taken(true)} as worked, ${taken(false)} as failed from jsonb_array_elements(recalled.provenance) as source
          join memory_experiences past on past.run_id = (source ->> 'runId')::uuid and past.tenant_id = recalled.tenant_id and signature is not null
        ) as known,
        lateral (select ${except('worked', 'failed')} as advised, ${except('failed', 'worked')} as warned) as said
      where ${signature} = any(said.advised) or (said.warned <> '{}' and ${signature} <> all(said.warned))
      on conflict do nothing`,
  );
}

/** The path of a finished run and its outcome, stored beside its lesson. */
export interface NewExperience {
  readonly goal: string;
  readonly outcome: Outcome;
  readonly score: number | null;
  readonly ending: string;
  readonly action: string;
  readonly tool: string | null;
  /** Family of the goal. */
  readonly family: string;
  /** Identifies the same action in other runs; null: nothing does. */
  readonly signature: string | null;
  readonly path: readonly { readonly text: string; readonly value: boolean }[];
  /**
   * The advice with which its search began, its newest diff as JSON, and the decision on that diff: expressions over
   * the run, or null.
   */
  readonly metaPromptId: Sql;
  readonly diff: Sql;
  readonly decision: Sql;
}

export function recordExperience(experience: NewExperience): RunPart {
  const { goal, family, outcome, score, ending, action, tool, signature, path, metaPromptId, diff, decision } =
    experience;
  return cte(
    'insert_memory_experiences',
    sql`insert into memory_experiences (run_id, tenant_id, agent, goal, goal_key, outcome, score, ending, action, tool, signature, path, diff, decision,
        meta_prompt_id, created_at)
      select ${RUN.column('id')}, ${RUN.column('tenantId')}, ${RUN.column('requester')}, ${goal}, ${family}, ${outcome}, ${score}, ${ending}, ${action}, ${tool}, ${signature},
        ${JSON.stringify(path)}, (${diff}), (${decision}), (${metaPromptId})::uuid, ${RUN.column('updatedAt')} from ${RUN}
      on conflict do nothing`,
  );
}
