import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants that are paused. A replica of the previous version ignores them. */
export class TenantPauses1766000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table tenant_pauses (
      tenant_id text not null,
      reason text not null,
      actor text not null,
      since timestamp(3) with time zone not null,
      constraint tenant_pauses_pkey primary key (tenant_id)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table tenant_pauses');
  }
}
