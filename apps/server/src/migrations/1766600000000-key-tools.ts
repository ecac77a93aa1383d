import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tools of the MCP gateway that a key may call. A version that does not know the columns does not restrict the key. */
export class KeyTools1766600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys add column mcp_servers text[], add column tools text[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table api_keys drop column mcp_servers, drop column tools');
  }
}
