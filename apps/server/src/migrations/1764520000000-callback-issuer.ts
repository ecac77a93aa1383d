import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The issuer of a callback key, who is a person behind its votes; null for keys and votes of an older version. */
export class CallbackIssuer1764520000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table webhook_endpoints add column callback_issuer text');
    await runner.query('alter table approval_votes add column person text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approval_votes drop column person');
    await runner.query('alter table webhook_endpoints drop column callback_issuer');
  }
}
