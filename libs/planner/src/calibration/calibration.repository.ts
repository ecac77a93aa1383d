import { Injectable } from '@nestjs/common';
import type { BeliefSource, CalibrationVersion } from '@assent/contract';
import { Database, sql } from '@assent/platform';
import type { CalibrationPoint } from './isotonic';
import type { Tally } from './tally';

export interface SourceTally extends Tally {
  readonly source: BeliefSource;
}

export interface SourceVersion extends CalibrationVersion {
  readonly source: BeliefSource;
}

export interface NewCalibration {
  readonly tenantId: string;
  readonly source: BeliefSource;
  readonly samples: number;
  readonly points: readonly CalibrationPoint[];
  readonly actor: string;
}

interface VersionRow extends Omit<SourceVersion, 'createdAt'> {
  readonly createdAt: Date;
}

/** Excludes the default for an unanswered question, which would confirm every belief. */
const KNOWN = sql`p is not null and belief is not null and source in ('answer', 'complete', 'assumption/resolve')`;
const COUNTS = sql`count(*)::integer as count, (count(*) filter (where truth))::integer as trues`;
const VERSION = sql`belief as source, version, samples, points, actor, created_at as "createdAt"`;

/** Outcomes of beliefs, and the calibration versions fitted to them. */
@Injectable()
export class CalibrationRepository {
  constructor(private readonly database: Database) {}

  /** Outcomes by source and probability, of one source or of all. */
  async tallies(tenantId: string, source: BeliefSource | null): Promise<SourceTally[]> {
    return this.database.query<SourceTally>(sql`
      select belief as source, p, ${COUNTS} from resolutions
      where tenant_id = ${tenantId} and (${source}::text is null or belief = ${source}) and ${KNOWN}
      group by belief, p`);
  }

  /** Outcomes of all tenants, with probabilities rounded to a thousandth: at most 1,001 rows per source. */
  async talliesOfAll(): Promise<SourceTally[]> {
    return this.database.query<SourceTally>(sql`
      select belief as source, round(p * 1000) / 1000 as p, ${COUNTS} from resolutions
      where ${KNOWN} group by belief, round(p * 1000)`);
  }

  /** The newest versions of one source or of all, newest first. */
  async versions(tenantId: string, source: BeliefSource | null, limit: number): Promise<SourceVersion[]> {
    const rows = await this.database.query<VersionRow>(sql`
      select ${VERSION} from (
        select *, row_number() over (partition by belief order by version desc) as place from calibrations
        where tenant_id = ${tenantId} and (${source}::text is null or belief = ${source})
      ) as placed where place <= ${limit} order by belief, version desc`);
    return rows.map(toVersion);
  }

  /** One version of a source; the newest without a number. */
  async find(tenantId: string, source: BeliefSource, version: number | null): Promise<SourceVersion | undefined> {
    const rows = await this.database.query<VersionRow>(sql`
      select ${VERSION} from calibrations where tenant_id = ${tenantId} and belief = ${source}
        and (${version}::integer is null or version = ${version}) order by version desc limit 1`);
    return rows.map(toVersion)[0];
  }

  /** Stores a version under the next number of its source. Concurrent inserts wait for each other, so that numbers have no gaps. */
  async insert({ tenantId, source, samples, points, actor }: NewCalibration): Promise<SourceVersion> {
    const queue = sql`select pg_advisory_xact_lock(hashtextextended(${`calibration ${source} ${tenantId}`}, 0))`;
    const rows = await this.database.around<VersionRow>([queue], () =>
      Promise.resolve(sql`
        insert into calibrations (tenant_id, belief, version, samples, points, actor, created_at)
        select ${tenantId}, ${source}, coalesce(max(version), 0) + 1, ${samples}, ${JSON.stringify(points)}, ${actor},
          date_trunc('milliseconds', clock_timestamp())
        from calibrations where tenant_id = ${tenantId} and belief = ${source}
        returning ${VERSION}`),
    );
    const [stored] = rows.map(toVersion);
    if (!stored) throw new Error('an insert with returning gave no row');
    return stored;
  }
}

function toVersion({ createdAt, ...row }: VersionRow): SourceVersion {
  return { ...row, createdAt: createdAt.toISOString() };
}
