import { Injectable } from '@nestjs/common';
import { Database, Sql, contentHashOf, sql } from '@assent/platform';

/** Newer outcomes of the same statement, or of the same family, after which an outcome counts half. */
export const HALF_LIFE_OUTCOMES = 20;
/** Days after which an outcome counts half. */
export const HALF_LIFE_DAYS = 90;
/** Maximum number of outcomes that are read; further ones would weigh less than a thousandth. */
export const MAX_OUTCOMES = 200;
/** Days after which an outcome weighs less than a thousandth. */
const FORGOTTEN_AFTER_DAYS = 10 * HALF_LIFE_DAYS;
/** Maximum runs that are named, the newest. */
const NAMED_RUNS = 10;
/** Maximum rows that one pass deletes. */
const DELETED_AT_ONCE = 5_000;

/** The outcomes of one statement or action. */
export interface OutcomeTally {
  /** Sum of the current weights. */
  readonly n: number;
  /** Sum of the weights of those that were true, or succeeded. */
  readonly hits: number;
  /** The newest runs. */
  readonly runs: readonly string[];
}

/** Scope of outcomes: nothing is learned from another tenant or workspace. */
export interface OutcomeScope {
  readonly tenantId: string;
  readonly workspace: string;
}

/** Number of newest outcomes that are compared with those before; there must be as many of those. */
export const COMPARED_OUTCOMES = 10;
/** Difference of the two rates from which the truth counts as changed; chance alone rarely causes it. */
export const CHANGED_RATE = 0.6;
/** Weight factor of outcomes from before a change. */
export const BEFORE_CHANGE = 0.25;

/** Halved by newer outcomes or by time, by the one that has done so more often. */
const FADED = sql`power(0.5, greatest((place - 1) / ${HALF_LIFE_OUTCOMES}::double precision,
  extract(epoch from now() - created_at)::double precision / ${86_400 * HALF_LIFE_DAYS}))`;
const rateOf = (which: string) =>
  new Sql(
    [`avg(good::integer) filter (where own_place ${which} `, ') over (partition by subject)'],
    [COMPARED_OUTCOMES],
  );
/** The newest outcomes differ from those before them: the truth has changed. */
const CHANGED = sql`count(*) filter (where own_place > ${COMPARED_OUTCOMES}) over (partition by subject) >= ${COMPARED_OUTCOMES}
  and abs(${rateOf('<=')} - ${rateOf('>')}) >= ${CHANGED_RATE}::numeric`;
const TALLY = sql`round(sum(weight)::numeric, 6)::double precision as n,
  coalesce(round((sum(weight) filter (where good))::numeric, 6), 0)::double precision as hits,
  (array_agg(run_id order by created_at desc, run_id desc))[1:${NAMED_RUNS}] as runs`;

/** The findings of earlier runs. */
export interface Outcomes {
  /** By canonical statement; statements without outcomes are left out. */
  readonly statements: ReadonlyMap<string, OutcomeTally>;
  /** By signature of the action, of one family. */
  readonly actions: ReadonlyMap<string, OutcomeTally>;
}

/** Outcomes by statement and by action, one statement per method. */
@Injectable()
export class PriorRepository {
  constructor(private readonly database: Database) {}

  /** @param statements canonical @param family expression for the family of the goal */
  async outcomes({ tenantId, workspace }: OutcomeScope, statements: readonly string[], family: Sql): Promise<Outcomes> {
    const byHash = new Map(statements.map((statement) => [contentHashOf(statement), statement]));
    const rows = await this.database.query<OutcomeTally & { readonly isAction: boolean; readonly subject: string }>(sql`
      select false as "isAction", said.statement as subject, tally.* from unnest(${[...byHash.keys()]}::text[]) as said (statement), lateral (
        select ${TALLY} from ${weighed(
          sql`run_id, statement as subject, truth as good, created_at from memory_statement_outcomes
            where tenant_id = ${tenantId} and workspace = ${workspace} and statement = said.statement`,
        )} having count(*) > 0
      ) as tally
      union all
      select true, subject, ${TALLY} from ${weighed(
        sql`run_id, signature as subject, success as good, created_at from memory_action_outcomes
          where tenant_id = ${tenantId} and workspace = ${workspace} and family = ${family}`,
      )} group by subject`);
    const tallies = (areActions: boolean, keyOf: (subject: string) => string) =>
      new Map(
        rows
          .filter(({ isAction }) => isAction === areActions)
          .map(({ subject, n, hits, runs }) => [keyOf(subject), { n, hits, runs }]),
      );
    return {
      statements: tallies(false, (hash) => byHash.get(hash) ?? ''),
      actions: tallies(true, (signature) => signature),
    };
  }

  /** Deletes outcomes that no longer weigh anything. */
  async prune(tenantId: string): Promise<void> {
    const old = sql`created_at < now() - make_interval(days => ${FORGOTTEN_AFTER_DAYS})`;
    for (const table of [sql`memory_statement_outcomes`, sql`memory_action_outcomes`]) {
      await this.database.queryDedicated(sql`
        delete from ${table} where tenant_id = ${tenantId} and ctid = any(array(select ctid from ${table} where tenant_id = ${tenantId} and ${old}
          limit ${DELETED_AT_ONCE}))`);
    }
  }
}

/** The newest outcomes with their weights. @param which columns (run_id, subject, good, created_at), table and condition */
function weighed(which: Sql): Sql {
  const newest = sql`order by created_at desc, run_id desc`;
  return sql`(
    select *, ${FADED} * case when own_place > ${COMPARED_OUTCOMES} and ${CHANGED} then ${BEFORE_CHANGE}::double precision else 1 end as weight from (
      select *, row_number() over (${newest}) as place, row_number() over (partition by subject ${newest}) as own_place
      from (select ${which} ${newest} limit ${MAX_OUTCOMES}) as outcome
    ) as placed) as weighed`;
}
