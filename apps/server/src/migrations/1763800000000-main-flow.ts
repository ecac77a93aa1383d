import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Runs, frames, trees, tool calls, diffs, approvals, memory. `json` keeps the exact text that was committed, `jsonb`
 * would reorder it. Frames have no foreign key: they are written by the thousand, by the statement that locks their
 * run.
 */
export class MainFlow1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'drop table memory_uses, memory_fragments, audit_log, decisions, approvals, diffs, tool_calls, resolutions, trees, stream_tickets, idempotency_keys, frames, runs',
    );
  }
}

const TABLES = [
  // fillfactor: the run row is updated at every commit of its run; room on the page keeps those updates off the indexes.
  `create table runs (
    id uuid not null,
    tenant_id text not null,
    requester text not null,
    state text not null,
    phase text not null,
    step integer not null,
    fence integer not null,
    seq integer not null,
    lease_owner uuid,
    lease_until timestamp(3) with time zone,
    waiting_for text,
    workspace text not null,
    goal text not null,
    client_trace_id text,
    request_id text not null,
    params json not null,
    recalled uuid[] not null,
    result json,
    error json,
    outcome text,
    created_at timestamp(3) with time zone not null,
    updated_at timestamp(3) with time zone not null,
    finished_at timestamp(3) with time zone,
    purged boolean not null default false,
    constraint runs_pkey primary key (id)
  ) with (fillfactor = 60)`,
  `create index runs_listing on runs (tenant_id, id)`,
  `create index runs_active on runs (id) where state in ('queued', 'running')`,
  `create index runs_finished on runs (finished_at) where finished_at is not null and not purged`,
  `create table frames (
    run_id uuid not null,
    seq integer not null,
    tenant_id text not null,
    at timestamp(3) with time zone not null,
    type text not null,
    step integer not null,
    body json not null,
    constraint frames_pkey primary key (run_id, seq)
  )`,
  `create table idempotency_keys (
    tenant_id text not null,
    subject text not null,
    method text not null,
    key text not null,
    payload_hash text not null,
    run_id uuid not null,
    created_at timestamp(3) with time zone not null,
    constraint idempotency_keys_pkey primary key (tenant_id, subject, method, key)
  )`,
  `create index idempotency_keys_age on idempotency_keys (created_at)`,
  `create table stream_tickets (
    ticket_hash text not null,
    tenant_id text not null,
    subject text not null,
    run_id uuid not null,
    expires_at timestamp(3) with time zone not null,
    constraint stream_tickets_pkey primary key (ticket_hash)
  )`,
  `create table trees (
    run_id uuid not null,
    step integer not null,
    tenant_id text not null,
    tree_id text not null,
    tree json not null,
    created_at timestamp(3) with time zone not null,
    constraint trees_pkey primary key (run_id, step)
  )`,
  `create table resolutions (
    run_id uuid not null,
    assumption_id text not null,
    tenant_id text not null,
    truth boolean not null,
    source text not null,
    actor text not null,
    created_at timestamp(3) with time zone not null,
    constraint resolutions_pkey primary key (run_id, assumption_id)
  )`,
  `create table tool_calls (
    id uuid not null,
    run_id uuid not null,
    step integer not null,
    tenant_id text not null,
    action_id text not null,
    tool text not null,
    workspace text not null,
    args json not null,
    verdict text not null,
    rule text not null,
    state text not null,
    error json,
    created_at timestamp(3) with time zone not null,
    finished_at timestamp(3) with time zone,
    constraint tool_calls_pkey primary key (id)
  )`,
  `create index tool_calls_run on tool_calls (run_id, step)`,
  `create table diffs (
    id uuid not null,
    run_id uuid not null,
    step integer not null,
    revision integer not null,
    call_id uuid not null,
    tenant_id text not null,
    state text not null,
    tool text not null,
    workspace text not null,
    hash text not null,
    content bytea not null,
    files json not null,
    lineage json not null,
    created_at timestamp(3) with time zone not null,
    applied_at timestamp(3) with time zone,
    constraint diffs_pkey primary key (id)
  )`,
  `create unique index diffs_revision on diffs (run_id, step, revision)`,
  `create table approvals (
    id uuid not null,
    tenant_id text not null,
    run_id uuid not null,
    step integer not null,
    diff_id uuid not null,
    request_id text not null,
    state text not null,
    hash text not null,
    tool text not null,
    workspace text not null,
    requester text not null,
    rule text not null,
    created_at timestamp(3) with time zone not null,
    expires_at timestamp(3) with time zone not null,
    constraint approvals_pkey primary key (id)
  ) with (fillfactor = 80)`,
  `create unique index approvals_request on approvals (request_id)`,
  `create index approvals_listing on approvals (tenant_id, id)`,
  `create index approvals_inbox on approvals (tenant_id, id) where state = 'pending'`,
  `create index approvals_run on approvals (run_id)`,
  `create index approvals_pending on approvals (expires_at) where state = 'pending'`,
  `create table decisions (
    approval_id uuid not null,
    tenant_id text not null,
    decision text not null,
    actor text not null,
    hash text not null,
    comment text,
    created_at timestamp(3) with time zone not null,
    constraint decisions_pkey primary key (approval_id)
  )`,
  `create table audit_log (
    id uuid not null,
    tenant_id text not null,
    action text not null,
    actor text not null,
    subject_type text not null,
    subject_id text not null,
    run_id uuid,
    hash text,
    detail json not null,
    created_at timestamp(3) with time zone not null,
    constraint audit_log_pkey primary key (id)
  )`,
  `create index audit_log_tenant on audit_log (tenant_id, id)`,
  `create table memory_fragments (
    id uuid not null,
    tenant_id text not null,
    status text not null,
    text text not null,
    text_hash text not null,
    keys text[] not null,
    tags text[] not null,
    helpful integer not null,
    harmful integer not null,
    strength integer not null,
    version integer not null,
    provenance jsonb not null,
    document tsvector not null,
    created_at timestamp(3) with time zone not null,
    updated_at timestamp(3) with time zone not null,
    constraint memory_fragments_pkey primary key (id)
  )`,
  `create unique index memory_fragments_text on memory_fragments (tenant_id, text_hash)`,
  `create index memory_fragments_document on memory_fragments using gin (document)`,
  `create index memory_fragments_active on memory_fragments using gin (document) where status = 'active'`,
  // Credit is appended here and counted into the fragment later: otherwise runs would queue for the row of a popular
  // fragment.
  `create table memory_uses (
    fragment_id uuid not null,
    run_id uuid not null,
    tenant_id text not null,
    helped boolean not null,
    counted boolean not null,
    created_at timestamp(3) with time zone not null,
    constraint memory_uses_pkey primary key (fragment_id, run_id)
  )`,
  `create index memory_uses_uncounted on memory_uses (fragment_id) where not counted`,
];
