import { Injectable } from '@nestjs/common';
import { Config, Database, RUN, contentHashOf, cte, sql, type RunPart, type Sql } from '@assent/platform';
import { CandidateRepository } from '../recall/candidate.repository';
import { Embedder, cosineOf } from '../recall/embedder';
import { textHashOf } from '../text-hash';
import { markedGoal } from './goal.text';

/** Trigram similarity from which two marked goals belong to one family. */
const SAME_FAMILY = 0.6;
/** Maximum number of families that a goal is compared with; the newest are used. */
const MAX_COMPARED = 500;
/** Cosine of the vectors of two marked goals from which they belong to one family. */
const SAME_MEANING = 0.9;
/** Maximum number of families that a goal is compared with by vectors; the newest are used. */
const MAX_EMBEDDED = 100;
/** Prefix of families named by callers, so that no goal joins one of them by similarity. */
const NAMED = 'named:';

/** Shared data of the goals of one kind. */
export interface Family {
  /** Hash of the marked goal, or of the name that the caller gave; unique within a tenant. */
  readonly key: string;
  /** Key of the first goal of the family. */
  readonly family: string;
  /** The marked goal that the lessons of the family name. */
  readonly goal: string;
}

/** Assigns goals to families, within one tenant. */
@Injectable()
export class FamilyRepository {
  constructor(
    private readonly database: Database,
    private readonly candidates: CandidateRepository,
    private readonly embedder: Embedder,
    private readonly config: Config,
  ) {}

  /**
   * The family of a goal: that of the same marked goal, else the most similar one by words, else by vectors, else a new
   * one.
   * @param goal redacted
   * @param name given by the caller; the family then contains only goals with that name
   */
  async of(tenantId: string, goal: string, name?: string): Promise<Family> {
    const { key, marked } = keyOf(goal, name);
    const [stored] = await this.database.query<Omit<Family, 'key'>>(await this.stored(tenantId, goal, name));
    const family = stored ?? (name === undefined ? await this.near(tenantId, marked) : undefined);
    const first = family?.goal ?? '';
    return { key, family: family?.family ?? key, goal: first === '' ? marked : first };
  }

  /** Like `of`, the family alone, as an expression for another statement. Vectors are compared first. */
  async expressionOf(tenantId: string, goal: string, name?: string): Promise<Sql> {
    if (name === undefined && this.embedder.model !== null) return sql`${(await this.of(tenantId, goal)).family}`;
    return sql`coalesce((select family from (${await this.stored(tenantId, goal, name)}) as stored), ${keyOf(goal, name).key})`;
  }

  /** Query for the family that a goal already belongs to, else the most similar one: one row at most. */
  private async stored(tenantId: string, goal: string, name: string | undefined): Promise<Sql> {
    const { key, marked } = keyOf(goal, name);
    const known = sql`select own.family, coalesce(first.goal, '') as goal from memory_families own
      left join memory_families first on first.tenant_id = own.tenant_id and first.key = own.family
      where own.tenant_id = ${tenantId} and own.key = ${key}`;
    const comparable = name === undefined && (await this.candidates.hasTrigrams());
    return comparable
      ? sql`with known as (${known}) select * from known union all (${similar(tenantId, marked)})`
      : known;
  }

  /** Also undefined if no embedding endpoint is configured or it fails: the goal then gets its own family. */
  private async near(tenantId: string, marked: string): Promise<Omit<Family, 'key'> | undefined> {
    if (this.embedder.model === null) return undefined;
    const newest = await this.database.query<Omit<Family, 'key'>>(sql`
      select family, goal from memory_families where tenant_id = ${tenantId} and key = family and key not like ${`${NAMED}%`} and goal <> ''
      order by created_at desc limit ${MAX_EMBEDDED}`);
    if (newest.length === 0) return undefined;
    const texts = [marked, ...newest.map(({ goal }) => goal)];
    const [asked, ...vectors] = await this.embedder
      .cached(texts, this.config.env.EMBEDDING_TIMEOUT_MS)
      .catch((): Float32Array[] => []);
    if (!asked) return undefined;
    const compared = newest.map((known, index) => ({
      known,
      cosine: cosineOf(asked, vectors[index] ?? new Float32Array()),
    }));
    const [best] = compared.filter(({ cosine }) => cosine >= SAME_MEANING).sort((a, b) => b.cosine - a.cosine);
    return best?.known;
  }
}

/** The most similar goal that names a family, unless the goal itself is `known`. */
function similar(tenantId: string, marked: string): Sql {
  return sql`select family, goal from (
      select family, goal from memory_families where tenant_id = ${tenantId} and key = family and key not like ${`${NAMED}%`}
        and not exists (select from known)
      order by created_at desc limit ${MAX_COMPARED}
    ) as newest where similarity(goal, ${marked}) >= ${SAME_FAMILY} order by similarity(goal, ${marked}) desc, family limit 1`;
}

/** Goals that differ only in case share a key, and so do goals with the same name. */
function keyOf(goal: string, name: string | undefined): { readonly key: string; readonly marked: string } {
  const marked = markedGoal(goal);
  const key = name === undefined ? textHashOf(null, marked.toLowerCase()) : `${NAMED}${contentHashOf(name)}`;
  return { key, marked };
}

/**
 * Records the family of a finished run's goal. The first goal names the family; after its erasure the next one does.
 */
export function noteFamily({ key, family, goal }: Family): RunPart {
  const names = sql`select ${family}::text as key, ${goal}::text as goal from ${RUN}`;
  const belongs = sql`select ${key}::text, '' from ${RUN} where ${key !== family}`;
  return cte(
    'insert_memory_families',
    sql`insert into memory_families as old (tenant_id, key, family, goal, run_id, created_at)
      select ${RUN.column('tenantId')}, noted.key, ${family}, noted.goal, ${RUN.column('id')}, ${RUN.column('updatedAt')}
      from ${RUN}, (${names} union all ${belongs}) as noted
      on conflict (tenant_id, key) do update set goal = excluded.goal, run_id = excluded.run_id
        where old.run_id is null`,
  );
}
