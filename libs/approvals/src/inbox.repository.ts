import { Injectable } from '@nestjs/common';
import type { Risk } from '@assent/contract';
import { Config, Database, sql } from '@assent/platform';
import { ClientRedactor, type FrameCursor, type FrameLine, type FrameLog, type FreshFrames } from '@assent/runs';
import { reviewUrl } from './review.link';

/** Maximum number of events that one statement numbers; a backlog takes several statements. */
const SEQUENCED_AT_ONCE = 500;

interface EventRow {
  readonly tenantId: string;
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly body: string;
  /** Seconds since it happened. */
  readonly lagSeconds: number;
  readonly approvalId: string;
  readonly hash: string | null;
  /** Values of the approval as it is now. */
  readonly subjectId: string;
  readonly goal: string;
  readonly risks: readonly Risk[];
  readonly expiresAt: Date | null;
}

/**
 * The inbox of a tenant as a log. A trigger writes each event in the transaction of its change. A sequencer, one at a
 * time, numbers events after the commit: no event is lost or duplicated, no reader sees a later one before an earlier
 * one, and concurrent changes do not wait for each other.
 */
@Injectable()
export class InboxRepository implements FrameLog {
  constructor(
    private readonly database: Database,
    private readonly shown: ClientRedactor,
    private readonly config: Config,
  ) {}

  async read(tenantId: string, after: number, limit: number): Promise<FrameLine[]> {
    await this.sequence(tenantId);
    return [...((await this.readMany([{ runId: tenantId, after }], limit)).get(tenantId)?.lines ?? [])];
  }

  /** The `runId` of a cursor is the tenant. */
  async readMany(cursors: readonly FrameCursor[], limitEach: number): Promise<Map<string, FreshFrames>> {
    for (const { runId } of cursors) await this.sequence(runId);
    const rows = await this.database.query<EventRow>(sql`
      select events.* from unnest(${cursors.map((c) => c.runId)}::text[], ${cursors.map((c) => c.after)}::integer[]) as cursors (tenant_id, after),
      lateral (select e.tenant_id as "tenantId", e.seq, e.at, e.type, e.body::text as body,
          extract(epoch from now() - e.at)::float8 as "lagSeconds", e.approval_id as "approvalId", e.body->>'hash' as hash,
          coalesce(a.subject_id, a.diff_id::text, e.approval_id::text) as "subjectId", coalesce(r.goal, a.title, '') as goal,
          coalesce(a.risks, '{}') as risks, a.expires_at as "expiresAt"
        from approval_events e left join approvals a on a.id = e.approval_id left join runs r on r.id = a.run_id
        where e.tenant_id = cursors.tenant_id and e.seq > cursors.after order by e.seq limit ${limitEach}) as events`);
    const fresh = new Map<string, { lines: FrameLine[]; lagSeconds: number }>();
    for (const row of rows) {
      const known = fresh.get(row.tenantId) ?? { lines: [], lagSeconds: row.lagSeconds };
      known.lines.push(this.toLine(row));
      fresh.set(row.tenantId, known);
    }
    return fresh;
  }

  async behind(cursors: readonly FrameCursor[]): Promise<string[]> {
    for (const { runId } of cursors) await this.sequence(runId);
    const rows = await this.database.query<{ tenantId: string }>(sql`
      select i.tenant_id as "tenantId" from unnest(${cursors.map((c) => c.runId)}::text[], ${cursors.map((c) => c.after)}::integer[])
        as cursors (tenant_id, after) join approval_inboxes i on i.tenant_id = cursors.tenant_id where i.seq > cursors.after`);
    return rows.map(({ tenantId }) => tenantId);
  }

  /** seq of the newest event. */
  async head(tenantId: string): Promise<number> {
    await this.sequence(tenantId);
    const rows = await this.database.query<{ seq: number }>(
      sql`select seq from approval_inboxes where tenant_id = ${tenantId}`,
    );
    return rows[0]?.seq ?? 0;
  }

  /** Tenants with unnumbered events. */
  private async unsequenced(limit: number): Promise<string[]> {
    const rows = await this.database.query<{ tenantId: string }>(
      sql`select distinct tenant_id as "tenantId" from approval_events where seq is null limit ${limit}`,
    );
    return rows.map(({ tenantId }) => tenantId);
  }

  /**
   * Numbers all new events. If another sequencer is at work, this one does nothing: lock and head are held until the
   * statement ends, so that numbers become visible in order.
   */
  async sequence(tenantId: string): Promise<number> {
    let total = 0;
    for (let count = SEQUENCED_AT_ONCE; count === SEQUENCED_AT_ONCE; total += count) {
      count = await this.sequenceSome(tenantId);
    }
    return total;
  }

  /** Numbers the new events of all tenants, in batches of tenants, even if nobody reads them. */
  async sequenceAll(tenantsAtOnce: number): Promise<void> {
    let tenantIds: string[];
    let sequenced: number;
    do {
      tenantIds = await this.unsequenced(tenantsAtOnce);
      sequenced = 0;
      for (const tenantId of tenantIds) sequenced += await this.sequence(tenantId);
      // No progress means that other sequencers are numbering the events of these tenants.
    } while (tenantIds.length === tenantsAtOnce && sequenced > 0);
  }

  /** @returns how many were numbered; 0 as well if another sequencer is at work */
  private async sequenceSome(tenantId: string): Promise<number> {
    const rows = await this.database.query<{ count: number }>(sql`
      with gate as materialized (select pg_try_advisory_xact_lock(hashtextextended('approval inbox ' || ${tenantId}::text, 0)) as mine),
      fresh as materialized (
        select id, place from approval_events where tenant_id = ${tenantId} and seq is null and (select mine from gate)
        order by place limit ${SEQUENCED_AT_ONCE} for update skip locked
      ),
      counted as (select count(*)::integer as n from fresh),
      head as (
        insert into approval_inboxes (tenant_id, seq) select ${tenantId}, n from counted where n > 0
        on conflict (tenant_id) do update set seq = approval_inboxes.seq + excluded.seq returning seq
      ),
      numbered as (select id, row_number() over (order by place)::integer as k from fresh),
      placed as (
        update approval_events set seq = head.seq - counted.n + numbered.k from head, counted, numbered where approval_events.id = numbered.id
      )
      select n as count from counted`);
    return rows[0]?.count ?? 0;
  }

  /** Deletes events older than `days`, only numbered ones, so that a loss is reported as a gap. @returns how many */
  async purge(days: number, limit: number): Promise<number> {
    const rows = await this.database.queryDedicated<{ count: number }>(sql`
      with old as (select id from approval_events where at < now() - make_interval(days => ${days}) and seq is not null
          order by at limit ${limit} for update skip locked),
        gone as (delete from approval_events using old where approval_events.id = old.id returning 1)
      select count(*)::integer as count from gone`);
    return rows[0]?.count ?? 0;
  }

  /**
   * Adds the data that a client needs to show the event without another request. It is read with the event, so that it
   * contains no forgotten text.
   */
  private toLine({ seq, at, type, body, approvalId, hash, subjectId, goal, risks, expiresAt }: EventRow): FrameLine {
    const head = JSON.stringify({ seq, at: at.toISOString(), type });
    const link = reviewUrl(this.config.env.PUBLIC_URL, approvalId, hash ?? '');
    const more = JSON.stringify({ subjectId, ...this.shown.object({ goal }), risks, expiresAt, reviewUrl: link });
    const told = body.trim();
    return { seq, type, json: `${head.slice(0, -1)},${told.slice(1, -1)},${more.slice(1)}` };
  }
}
