import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The credential that requested a stream ticket. The ticket and its stream end with it. */
export class TicketCredentials1765300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table stream_tickets add column credential text, add column credential_expires_at timestamp(3) with time zone',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table stream_tickets drop column credential, drop column credential_expires_at');
  }
}
