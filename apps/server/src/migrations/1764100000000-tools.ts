import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tool policies of tenants: a row for each version, so that what held before can be read, and two changes never merge. */
export class Tools1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table tool_policies (
      tenant_id text not null,
      version integer not null,
      rules json not null,
      max_calls integer,
      actor text not null,
      updated_at timestamp(3) with time zone not null,
      constraint tool_policies_pkey primary key (tenant_id, version)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table tool_policies');
  }
}
