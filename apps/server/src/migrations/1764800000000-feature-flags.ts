import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants' own settings of feature flags; without a row the configuration applies. */
export class FeatureFlags1764800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table feature_flags (
      tenant_id text not null,
      flag text not null,
      enabled boolean not null,
      actor text not null,
      updated_at timestamp(3) with time zone not null,
      constraint feature_flags_pkey primary key (tenant_id, flag)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table feature_flags');
  }
}
