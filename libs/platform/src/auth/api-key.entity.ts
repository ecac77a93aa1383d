import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A key that a tenant has given out. The secret itself is stored nowhere. */
@Entity({ name: 'api_keys' })
@Index('api_keys_listing', ['tenantId', 'id'])
export class ApiKeyEntity {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  subject!: string;

  @Column('text', { array: true })
  scopes!: string[];

  @Column('text', { array: true })
  roles!: string[];

  /** SHA-256 of the secret part, in hex. */
  @Column('text', { name: 'secret_hash' })
  secretHash!: string;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column('timestamp with time zone', { name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  /** Up to an hour behind. */
  @Column('timestamp with time zone', { name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamp with time zone', { name: 'revoked_at', precision: 3, nullable: true })
  revokedAt!: Date | null;

  @Column('text', { name: 'revoked_by', nullable: true })
  revokedBy!: string | null;
}
