import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Current and trusted definitions of MCP tools. No tenant: servers belong to the installation, and so does the trust in
 * them.
 */
export class ToolTrust1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`create table mcp_pins (
      id text not null,
      server text not null,
      tool text not null,
      hash text not null,
      definition json not null,
      seen_at timestamp(3) with time zone not null,
      trusted_hash text,
      trusted_definition json,
      trusted_by text,
      trusted_at timestamp(3) with time zone,
      constraint mcp_pins_pkey primary key (id)
    )`);
    await runner.query(`create index mcp_pins_server on mcp_pins (server, tool)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table mcp_pins');
  }
}
