import type { Fragment } from '@assent/contract';
import { sql, type Sql } from '@assent/platform';

export interface FragmentRow extends Omit<Fragment, 'createdAt' | 'updatedAt'> {
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The columns of a `Fragment`, for lists over memory_fragments. */
export const FRAGMENT_COLUMNS: Sql = sql`memory_fragments.id as "fragmentId", memory_fragments.agent, memory_fragments.origin,
  memory_fragments.status, memory_fragments.text, memory_fragments.keys, memory_fragments.tags, memory_fragments.helpful,
  memory_fragments.harmful, memory_fragments.strength, memory_fragments.version, memory_fragments.provenance,
  memory_fragments.lineage, memory_fragments.reason, memory_fragments.created_at as "createdAt", memory_fragments.updated_at as "updatedAt"`;

export function toFragment({ createdAt, updatedAt, ...row }: FragmentRow): Fragment {
  return { ...row, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
}
