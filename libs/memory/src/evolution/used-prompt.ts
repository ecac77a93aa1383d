import { sql, RUN, type Sql } from '@assent/platform';

/**
 * Id of the meta-prompt that the newest search of a run began with, an expression over the run: that of the run's agent,
 * else that of all agents; null when it had none. Hashes are those of `textHashOf`.
 */
export function promptOfRun(family: string): Sql {
  const hashOf = (owner: Sql) =>
    sql`'sha256:' || encode(sha256(convert_to(${owner} || ${family} || chr(10) || searches.prompt, 'UTF8')), 'hex')`;
  return sql`select meta_prompts.id from searches join meta_prompts on meta_prompts.tenant_id = searches.tenant_id
      and meta_prompts.text_hash in (${hashOf(sql`${RUN.column('requester')} || chr(10)`)}, ${hashOf(sql`''`)})
    where searches.run_id = ${RUN.column('id')} and searches.tenant_id = ${RUN.column('tenantId')} and searches.prompt is not null
    order by searches.step desc, meta_prompts.agent nulls last limit 1`;
}
