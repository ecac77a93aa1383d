import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The log of a search: what each step brought, under which key, and what was answered. */
@Entity({ name: 'search_steps' })
@Index('search_steps_key', ['searchId', 'key'], { unique: true })
export class SearchStepEntity {
  @PrimaryColumn('uuid', { name: 'search_id', primaryKeyConstraintName: 'search_steps_pkey' })
  searchId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'search_steps_pkey' })
  place!: number;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  key!: string;

  @Column('text', { name: 'payload_hash' })
  payloadHash!: string;

  @Column('json')
  fact!: unknown;

  @Column('json')
  answer!: unknown;

  @Column('integer')
  tokens!: number;

  @Column('timestamp with time zone', { precision: 3 })
  at!: Date;
}
