import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A vote on a coding agent's question needs a replica that can show the question. A replica of the previous version
 * does not set the mark, so the database refuses its vote. It still expires and voids such approvals.
 */
export class KnownSubjects1766300200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approvals add column is_subject_known boolean not null default false');
    await runner.query(`update approvals set is_subject_known = true where subject_type = 'agent_permission'`);
    await runner.query(`alter table approvals add constraint approvals_known_subject
      check (subject_type <> 'agent_permission' or is_subject_known or (votes = 0 and state <> 'approved' and state <> 'rejected'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table approvals drop constraint approvals_known_subject');
    await runner.query('alter table approvals drop column is_subject_known');
  }
}
