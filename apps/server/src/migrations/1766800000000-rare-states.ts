import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `create index runs_unsuccessful on runs (tenant_id, state, id) where state in ('failed', 'cancelled')`,
  `create index approvals_refused on approvals (tenant_id, state, id)
     where state in ('rejected', 'expired', 'cancelled', 'voided')`,
  'create index approvals_requester on approvals (tenant_id, requester, id)',
];
const DOWN = ['drop index approvals_requester', 'drop index approvals_refused', 'drop index runs_unsuccessful'];

/**
 * Serve lists of rare states and of one requester, among very many runs and approvals. The first two contain no
 * successful run.
 */
export class RareStates1766800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}
