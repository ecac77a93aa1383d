import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit becomes append-only and a hash chain for each tenant, kept by the database itself (docs/audit.md). */
export class Audit1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/** Fields as netstrings: `<bytes>:<text>,`, a null as `-,`. No two rows have the same encoding. */
const FIELD = `create function audit_field(value text) returns text language sql immutable parallel safe as $$
    select case when value is null then '-,' else octet_length(convert_to(value, 'UTF8')) || ':' || value || ',' end
  $$`;

/** `row_hash` of a row whose position and previous hash are set. libs/audit/src/audit.chain.ts computes the same. */
const ROW_HASH = `create function audit_row_hash(entry audit_log) returns text language sql stable as $$
    select encode(sha256(convert_to(
      audit_field('assent-audit-1') || audit_field(entry.tenant_id) || audit_field(entry.position::text) ||
      audit_field(entry.previous_hash) || audit_field(entry.id::text) || audit_field(entry.action) ||
      audit_field(entry.actor) || audit_field(entry.subject_type) || audit_field(entry.subject_id) ||
      audit_field(entry.run_id::text) || audit_field(entry.hash) || audit_field(entry.policy_version) ||
      audit_field(entry.detail::text) ||
      audit_field(to_char(entry.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), 'UTF8')), 'hex')
  $$`;

/**
 * Links a new row to the last one of its tenant. The head stays locked until the commit, so that no two rows get the
 * same position.
 */
const CHAIN = `create function audit_log_chain() returns trigger language plpgsql as $$
    declare head audit_heads;
    begin
      select * into head from audit_heads where tenant_id = new.tenant_id for update;
      if not found then
        insert into audit_heads (tenant_id, position, hash) values (new.tenant_id, 0, repeat('0', 64)) on conflict do nothing;
        select * into strict head from audit_heads where tenant_id = new.tenant_id for update;
      end if;
      if new.policy_version is null then
        new.policy_version := 'tool:' || coalesce((select max(version) from tool_policies where tenant_id = new.tenant_id), 0);
      end if;
      new.position := head.position + 1;
      new.previous_hash := head.hash;
      new.row_hash := audit_row_hash(new);
      update audit_heads set position = new.position, hash = new.row_hash where tenant_id = new.tenant_id;
      return new;
    end
  $$`;

const REFUSE = `create function audit_log_refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'audit_log is append-only: % refused', lower(tg_op) using errcode = 'insufficient_privilege';
    end
  $$`;

const UP = [
  `alter table audit_log add column position bigint`,
  `alter table audit_log add column previous_hash text`,
  `alter table audit_log add column row_hash text`,
  `alter table audit_log add column policy_version text`,
  // fillfactor: one row per tenant, which every audit row updates; room on the page keeps these updates cheap.
  `create table audit_heads (
    tenant_id text not null,
    position bigint not null,
    hash text not null,
    constraint audit_heads_pkey primary key (tenant_id)
  ) with (fillfactor = 20)`,
  FIELD,
  ROW_HASH,
  CHAIN,
  REFUSE,
  // Rows of the previous version, in their order. Concurrent writers wait for this transaction, and then for the
  // trigger.
  `lock table audit_log in share row exclusive mode`,
  `do $$
    declare entry audit_log; head audit_heads;
    begin
      for entry in select * from audit_log order by tenant_id, created_at, id loop
        if head.tenant_id is distinct from entry.tenant_id then
          if head.tenant_id is not null then insert into audit_heads select head.*; end if;
          head.tenant_id := entry.tenant_id; head.position := 0; head.hash := repeat('0', 64);
        end if;
        entry.position := head.position + 1;
        entry.previous_hash := head.hash;
        entry.row_hash := audit_row_hash(entry);
        update audit_log set position = entry.position, previous_hash = entry.previous_hash, row_hash = entry.row_hash where id = entry.id;
        head.position := entry.position; head.hash := entry.row_hash;
      end loop;
      if head.tenant_id is not null then insert into audit_heads select head.*; end if;
    end $$`,
  `alter table audit_log alter column position set not null, alter column previous_hash set not null, alter column row_hash set not null`,
  // The chain is read in its order, which the index over ids does not have.
  `drop index audit_log_tenant`,
  `create unique index audit_log_position on audit_log (tenant_id, position)`,
  `create index audit_log_subject on audit_log (subject_id)`,
  `create trigger audit_log_chain before insert on audit_log for each row execute function audit_log_chain()`,
  `create trigger audit_log_rows before update or delete on audit_log for each row execute function audit_log_refuse()`,
  `create trigger audit_log_table before truncate on audit_log for each statement execute function audit_log_refuse()`,
];

const DOWN = [
  `drop trigger audit_log_table on audit_log`,
  `drop trigger audit_log_rows on audit_log`,
  `drop trigger audit_log_chain on audit_log`,
  `drop function audit_log_refuse, audit_log_chain, audit_row_hash, audit_field`,
  `drop index audit_log_subject, audit_log_position`,
  `create index audit_log_tenant on audit_log (tenant_id, id)`,
  `alter table audit_log drop column policy_version, drop column row_hash, drop column previous_hash, drop column position`,
  `drop table audit_heads`,
];
