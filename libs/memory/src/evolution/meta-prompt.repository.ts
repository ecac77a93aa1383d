import { Injectable } from '@nestjs/common';
import type { MetaPrompt, MetaPromptStatus } from '@assent/contract';
import { Database, newId, sql, type Sql } from '@assent/platform';
import { COMPARISONS, Z_95 } from '../promotion';
import { textHashOf } from '../text-hash';

interface MetaPromptRow extends Omit<MetaPrompt, 'createdAt' | 'updatedAt'> {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface NewMetaPrompt {
  readonly agent: string | null;
  readonly family: string;
  readonly text: string;
  readonly parentId: string | null;
}

const NOW = sql`date_trunc('milliseconds', now())`;
const COLUMNS: Sql = sql`id as "metaPromptId", agent, family, text, parent_id as "parentId", wins, losses, status, created_at as "createdAt",
  updated_at as "updatedAt"`;

/** Wilson's lower bound of the share of wins, as `wilson` computes it. */
const LOWER: Sql = sql`((wins::float8 / (wins + losses) + ${Z_95}::float8 ^ 2 / (2 * (wins + losses)) - ${Z_95}::float8 * sqrt((wins::float8 * losses / (wins + losses)
  + ${Z_95}::float8 ^ 2 / 4) / (wins + losses)) / sqrt(wins + losses)) / (1 + ${Z_95}::float8 ^ 2 / (wins + losses)))`;

/** Meta-prompts: system prompts that the search evolves, with their results in comparisons. */
@Injectable()
export class MetaPromptRepository {
  constructor(private readonly database: Database) {}

  /** A known text keeps its row. @returns its id */
  async add(tenantId: string, { agent, family, text, parentId }: NewMetaPrompt): Promise<string> {
    const hash = textHashOf(agent, `${family}\n${text}`);
    const rows = await this.database.query<{ id: string }>(sql`
      insert into meta_prompts as old (id, tenant_id, agent, family, text, text_hash, parent_id, status, created_at, updated_at)
      values (${newId()}, ${tenantId}, ${agent}, ${family}, ${text}, ${hash}, ${parentId}, 'candidate', ${NOW}, ${NOW})
      on conflict (tenant_id, text_hash) do update set updated_at = old.updated_at returning id`);
    const [row] = rows;
    if (!row) throw new Error('the insert of a meta-prompt returned no row');
    return row.id;
  }

  /** Counts one comparison. The caller MUST count each comparison only once. */
  async count(tenantId: string, winnerId: string, loserId: string): Promise<void> {
    await this.database.query(sql`
      update meta_prompts set wins = wins + (id = ${winnerId})::integer, losses = losses + (id = ${loserId})::integer, updated_at = ${NOW}
      where tenant_id = ${tenantId} and id in (${winnerId}, ${loserId})`);
  }

  /** The best meta-prompt of a family for an agent: its own, else the common one; null: none is promoted. */
  async best(tenantId: string, agent: string, family: string): Promise<MetaPrompt | null> {
    const rows = await this.database.query<MetaPromptRow>(sql`
      select ${COLUMNS} from meta_prompts where tenant_id = ${tenantId} and family = ${family} and status = 'active'
        and (agent = ${agent} or agent is null) order by agent nulls last limit 1`);
    return rows[0] ? toWire(rows[0]) : null;
  }

  async find(tenantId: string, id: string): Promise<MetaPrompt | null> {
    const rows = await this.database.query<MetaPromptRow>(
      sql`select ${COLUMNS} from meta_prompts where tenant_id = ${tenantId} and id = ${id}`,
    );
    return rows[0] ? toWire(rows[0]) : null;
  }

  async list(
    tenantId: string,
    { family, status }: { readonly family?: string | undefined; readonly status?: MetaPromptStatus | undefined },
    before: string | null,
    limit: number,
  ): Promise<MetaPrompt[]> {
    const rows = await this.database.query<MetaPromptRow>(sql`
      select ${COLUMNS} from meta_prompts where tenant_id = ${tenantId}
        ${family === undefined ? sql`` : sql`and family = ${family}`} ${status === undefined ? sql`` : sql`and status = ${status}`}
        ${before === null ? sql`` : sql`and id < ${before}`} order by id desc limit ${limit}`);
    return rows.map(toWire);
  }

  /**
   * Promotes the candidate with the highest lower bound, if that bound is above one half after enough comparisons and
   * above that of the current best, which is retired.
   * @returns the promoted candidates
   */
  async promote(tenantId: string): Promise<string[]> {
    const rows = await this.database.queryDedicated<{ id: string }>(sql`
      with ranked as (
        select id, agent, family, status, ${LOWER} as lower from meta_prompts
        where tenant_id = ${tenantId} and status in ('candidate', 'active') and wins + losses >= ${COMPARISONS} order by id for update
      ), chosen as (
        select distinct on (coalesce(agent, ''), family) id, agent, family, status from ranked where lower > 0.5
        order by coalesce(agent, ''), family, lower desc, id
      ), gone as (
        update meta_prompts set status = 'retired', updated_at = ${NOW} from chosen
        where meta_prompts.tenant_id = ${tenantId} and meta_prompts.family = chosen.family and coalesce(meta_prompts.agent, '') = coalesce(chosen.agent, '')
          and meta_prompts.status = 'active' and meta_prompts.id <> chosen.id returning meta_prompts.id
      )
      update meta_prompts set status = 'active', updated_at = ${NOW} from chosen
      where meta_prompts.id = chosen.id and chosen.status = 'candidate' and (select count(*) from gone) >= 0 returning meta_prompts.id`);
    return rows.map(({ id }) => id);
  }

  /**
   * Retires the best, and promotes its parent again if there is one.
   * @returns the parent's id, or null
   */
  async rollback(tenantId: string, id: string): Promise<string | null> {
    const rows = await this.database.queryDedicated<{ id: string }>(sql`
      with gone as (
        update meta_prompts set status = 'retired', updated_at = ${NOW}
        where tenant_id = ${tenantId} and id = ${id} and status = 'active' returning parent_id
      )
      update meta_prompts set status = 'active', updated_at = ${NOW} from gone where meta_prompts.id = gone.parent_id and tenant_id = ${tenantId} returning meta_prompts.id`);
    return rows[0]?.id ?? null;
  }
}

function toWire({ createdAt, updatedAt, ...row }: MetaPromptRow): MetaPrompt {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
