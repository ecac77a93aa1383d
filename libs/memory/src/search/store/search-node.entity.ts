import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One answer of a search, with its values as the last step left them: the log gives the same. */
@Entity({ name: 'search_nodes' })
@Index('search_nodes_answer', ['searchId', 'answerHash'], { unique: true })
export class SearchNodeEntity {
  @PrimaryColumn('uuid', { name: 'search_id', primaryKeyConstraintName: 'search_nodes_pkey' })
  searchId!: string;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'search_nodes_pkey' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('integer')
  place!: number;

  @Column('uuid', { name: 'parent_id', nullable: true })
  parentId!: string | null;

  @Column('integer')
  depth!: number;

  @Column('text')
  answer!: string;

  @Column('text', { name: 'answer_hash' })
  answerHash!: string;

  @Column('text', { name: 'prompt_in', nullable: true })
  promptIn!: string | null;

  @Column('text', { name: 'prompt_out', nullable: true })
  promptOut!: string | null;

  @Column('uuid', { name: 'retrieved_ids', array: true })
  retrievedIds!: string[];

  @Column('text')
  verified!: string;

  @Column('integer')
  n!: number;

  @Column('integer')
  duplicates!: number;

  @Column('double precision', { name: 'q_local', nullable: true })
  qLocal!: number | null;

  @Column('double precision', { name: 'q_global', nullable: true })
  qGlobal!: number | null;

  @Column('double precision', { nullable: true })
  q0!: number | null;

  @Column('double precision', { nullable: true })
  q!: number | null;
}
