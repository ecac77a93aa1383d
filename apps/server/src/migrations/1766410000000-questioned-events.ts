import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A reviewer's question to a coding agent is an event of the inbox. A trigger, like the other events of approvals. */
export class QuestionedEvents1766410000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create function approval_questioned() returns trigger language plpgsql as $$
      begin
        insert into approval_events (id, tenant_id, approval_id, type, at, body)
          select gen_random_uuid(), a.tenant_id, a.id, 'approval.questioned', date_trunc('milliseconds', now()),
            json_build_object('approvalId', a.id, 'runId', a.run_id, 'subject', a.subject_type, 'tool', a.tool, 'requester', a.requester,
              'state', a.state, 'revision', a.revision, 'hash', a.hash, 'votes', a.votes)
          from approvals a where a.id = new.approval_id;
        return null;
      end $$`);
    await runner.query(`create trigger agent_permissions_questioned after update on agent_permissions
      for each row when (new.questions > old.questions) execute function approval_questioned()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger agent_permissions_questioned on agent_permissions');
    await runner.query('drop function approval_questioned()');
  }
}
