import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a tool of an MCP server is now, and what it was when somebody trusted it. For the whole installation, as the servers are. */
@Entity({ name: 'mcp_pins' })
@Index('mcp_pins_server', ['server', 'tool'])
export class McpPinEntity {
  /** `mcp.<server>.<tool>`, as runs call it. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'mcp_pins_pkey' })
  id!: string;

  @Column('text')
  server!: string;

  /** As the server calls it. */
  @Column('text')
  tool!: string;

  /** Of the definition that was seen last. */
  @Column('text')
  hash!: string;

  @Column('json')
  definition!: unknown;

  @Column('timestamp with time zone', { name: 'seen_at', precision: 3 })
  seenAt!: Date;

  @Column('text', { name: 'trusted_hash', nullable: true })
  trustedHash!: string | null;

  @Column('json', { name: 'trusted_definition', nullable: true })
  trustedDefinition!: unknown;

  @Column('text', { name: 'trusted_by', nullable: true })
  trustedBy!: string | null;

  @Column('timestamp with time zone', { name: 'trusted_at', precision: 3, nullable: true })
  trustedAt!: Date | null;
}
