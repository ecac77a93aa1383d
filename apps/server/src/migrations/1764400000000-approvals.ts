import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Policies, votes, revisions, subjects other than diffs, and the inbox of the reviewers. */
export class Approvals1764400000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  // A subject other than a diff has no run. The previous version joins runs, so it does not see such approvals.
  `alter table approvals
    alter column run_id drop not null,
    alter column step drop not null,
    alter column diff_id drop not null,
    add column subject_type text not null default 'diff',
    add column subject_id text,
    add column content bytea,
    add column title text,
    add column revision integer not null default 1,
    add column author text,
    add column version integer not null default 0,
    add column quorum integer not null default 1,
    add column votes integer not null default 0,
    add column terms json,
    add column risks text[] not null default '{}',
    add column agenda_done integer not null default 0,
    add column next_due_at timestamp(3) with time zone,
    add column dispatch_until timestamp(3) with time zone,
    add column dispatched_at timestamp(3) with time zone`,
  // A second check, which also covers the previous version: it does not know votes and decides alone.
  `alter table approvals add constraint approvals_quorum check (state <> 'approved' or quorum = 1 or votes >= quorum)`,
  `create index approvals_due on approvals (next_due_at) where state = 'pending' and next_due_at is not null`,
  `create index approvals_undispatched on approvals (id)
    where subject_type <> 'diff' and dispatched_at is null and state <> 'pending'`,
  `create unique index approvals_subject on approvals (tenant_id, subject_type, subject_id)
    where subject_type <> 'diff' and state = 'pending'`,
  `create table approval_votes (
    approval_id uuid not null,
    revision integer not null,
    actor text not null,
    tenant_id text not null,
    decision text not null,
    hash text not null,
    comment text,
    roles text[] not null,
    created_at timestamp(3) with time zone not null,
    constraint approval_votes_pkey primary key (approval_id, revision, actor)
  )`,
  `alter table diffs
    add column origin text not null default 'run',
    add column author text,
    add column supersedes uuid`,
  `create table approval_policies (
    tenant_id text not null,
    version integer not null,
    rules json not null,
    actor text not null,
    updated_at timestamp(3) with time zone not null,
    constraint approval_policies_pkey primary key (tenant_id, version)
  )`,
  // seq is assigned after the commit, under the lock of the head, so that no reader sees a later one before an earlier
  // one.
  `create table approval_events (
    id uuid not null,
    tenant_id text not null,
    approval_id uuid not null,
    seq integer,
    type text not null,
    body json not null,
    at timestamp(3) with time zone not null,
    constraint approval_events_pkey primary key (id)
  )`,
  `create unique index approval_events_seq on approval_events (tenant_id, seq) where seq is not null`,
  `create index approval_events_new on approval_events (tenant_id) where seq is null`,
  `create index approval_events_age on approval_events (at)`,
  `create table approval_inboxes (
    tenant_id text not null,
    seq integer not null,
    constraint approval_inboxes_pkey primary key (tenant_id)
  )`,
  // A trigger, so that every change of an approval reaches the inbox, including the end of a run and changes by the
  // previous version.
  `create function approval_event() returns trigger language plpgsql as $$
    declare kind text;
    begin
      kind := case
        when tg_op = 'INSERT' and new.state = 'pending' then 'approval.requested'
        when tg_op = 'INSERT' then 'approval.decided'
        when new.state <> old.state then case new.state
          when 'approved' then 'approval.decided' when 'rejected' then 'approval.decided' else 'approval.' || new.state end
        when new.revision <> old.revision then 'approval.revised'
        when new.votes <> old.votes then 'approval.voted'
        when new.agenda_done <> old.agenda_done then
          case when new.terms::text is distinct from old.terms::text then 'approval.escalated' else 'approval.reminded' end
      end;
      if kind is not null then
        insert into approval_events (id, tenant_id, approval_id, type, at, body) values (gen_random_uuid(), new.tenant_id, new.id, kind,
          date_trunc('milliseconds', now()), json_build_object('approvalId', new.id, 'runId', new.run_id, 'subject', new.subject_type,
          'tool', new.tool, 'requester', new.requester, 'state', new.state, 'revision', new.revision, 'hash', new.hash, 'votes', new.votes));
      end if;
      return null;
    end $$`,
  `create trigger approvals_tell after insert or update on approvals for each row execute function approval_event()`,
  // A ticket without a run opens the inbox.
  `alter table stream_tickets alter column run_id drop not null`,
];

const DOWN = [
  `delete from stream_tickets where run_id is null`,
  `alter table stream_tickets alter column run_id set not null`,
  `drop trigger approvals_tell on approvals`,
  `drop function approval_event()`,
  `drop table approval_inboxes, approval_events, approval_policies, approval_votes`,
  `alter table diffs drop column supersedes, drop column author, drop column origin`,
  `drop index approvals_subject, approvals_undispatched, approvals_due`,
  `alter table approvals drop constraint approvals_quorum`,
  `delete from approvals where run_id is null`,
  `alter table approvals drop column dispatched_at, drop column dispatch_until, drop column next_due_at, drop column agenda_done,
    drop column risks, drop column terms, drop column votes, drop column quorum, drop column version, drop column author,
    drop column revision, drop column title, drop column content, drop column subject_id, drop column subject_type,
    alter column diff_id set not null, alter column step set not null, alter column run_id set not null`,
];
