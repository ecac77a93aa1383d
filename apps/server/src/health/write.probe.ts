import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { Cached, Database, sql } from '@assent/platform';

/** Load balancers probe every replica every few seconds; one write in this interval is enough. */
const PROBE_MAX_AGE_MS = 5_000;

/** A new file with one page: it needs disk space, which a row in a table with free space does not. */
const WRITE = sql`do $$ begin
  create temporary table assent_write_probe (filler text) on commit drop;
  insert into assent_write_probe values ('x');
end $$`;

/** SQLSTATEs of a database that responds but accepts no writes. */
const REFUSALS: Readonly<Record<string, string>> = {
  '25006': 'The database is read-only: it is a standby, or writes were switched off. Connect to the primary.',
  '53100': 'The disk of the database is full: free space, or enlarge it.',
};

/** Whether the database accepts writes. A database without space still answers reads, but no run can continue. */
@Injectable()
export class WriteProbe {
  private readonly refusal: Cached<string | null>;

  constructor(database: Database) {
    this.refusal = new Cached(
      () =>
        database.queryDedicated(WRITE).then(
          () => null,
          (thrown: unknown) => REFUSALS[sqlStateOf(thrown)] ?? null,
        ),
      PROBE_MAX_AGE_MS,
      () => undefined,
    );
  }

  /** @throws AssentError overloaded, with the reason */
  async check(): Promise<void> {
    const refusal = await this.refusal.get();
    if (typeof refusal === 'string') throw new AssentError('overloaded', refusal);
  }
}

/** Other failures, such as a role that may not create temporary tables, say nothing about the disk. */
function sqlStateOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
