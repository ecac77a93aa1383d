import { Injectable } from '@nestjs/common';
import { Database, forAllTenants, sql, type Sql } from '@assent/platform';
import {
  MATCHES,
  SPELLING_SIMILARITY,
  named,
  otherSpellings,
  sharingWords,
  type Query,
  type SearchScope,
} from './candidate.sql';
import type { Candidate } from './fusion';

/** Finds candidates in time that does not grow with the number of fragments. Every statement has its own time limit. */
@Injectable()
export class CandidateRepository {
  private trigrams: boolean | null = null;

  constructor(private readonly database: Database) {}

  /** Whether trigrams can be used. */
  async hasTrigrams(): Promise<boolean> {
    if (this.trigrams !== true) {
      const rows = await this.database.query<{ found: boolean }>(
        sql`select exists (select from pg_extension where extname = 'pg_trgm') as found`,
      );
      this.trigrams = rows[0]?.found ?? false;
    }
    return this.trigrams;
  }

  /** The extension was dropped: check for it again. */
  loseTrigrams(): void {
    this.trigrams = null;
  }

  /** Whether the tenant has a fragment with this status: a search costs several statements, and most tenants begin without. */
  async hasAny(tenantId: string, status: Query['status']): Promise<boolean> {
    const rows = await this.database.query<{ found: boolean }>(
      sql`select exists (select from memory_fragments where tenant_id = ${tenantId} and ${MATCHES[status]}) as found`,
    );
    return rows[0]?.found ?? false;
  }

  /** Fragments of a scope that share words with the query. */
  find(scope: SearchScope, query: Query, timeoutMs: number): Promise<Candidate[]> {
    return this.within(timeoutMs, sharingWords(scope, query));
  }

  /** Those of a scope among these fragments. */
  named(scope: SearchScope, query: Query, fragmentIds: readonly string[], timeoutMs: number): Promise<Candidate[]> {
    return this.within(timeoutMs, named(scope, query, fragmentIds));
  }

  /** Possible meanings of misspelt words; needs trigrams. */
  async spellings(tenantId: string, text: string, timeoutMs: number): Promise<string[]> {
    const alike = sql`select set_config('pg_trgm.similarity_threshold', ${SPELLING_SIMILARITY}, true)`;
    const rows = await this.within<{ word: string }>(timeoutMs, otherSpellings(tenantId, text), [alike]);
    return rows.map(({ word }) => word);
  }

  private within<Row extends object>(timeoutMs: number, statement: Sql, before: readonly Sql[] = []): Promise<Row[]> {
    const limit = sql`select set_config('statement_timeout', ${String(Math.max(1, Math.ceil(timeoutMs)))}, true)`;
    // Row-level security would keep `@@` and `%` from their indexes: here the statement's own conditions isolate the
    // tenant.
    return forAllTenants(() => this.database.around<Row>([limit, ...before], () => Promise.resolve(statement)));
  }
}
