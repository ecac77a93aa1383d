import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The vector of one version of a fragment by one model: 32-bit floats, little endian. */
@Entity({ name: 'memory_embeddings' })
export class EmbeddingEntity {
  @PrimaryColumn('uuid', { name: 'fragment_id', primaryKeyConstraintName: 'memory_embeddings_pkey' })
  fragmentId!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'memory_embeddings_pkey' })
  model!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('integer')
  version!: number;

  @Column('bytea')
  vector!: Buffer;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  createdAt!: Date;
}
