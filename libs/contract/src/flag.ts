/** What can be switched for one tenant without a restart. A name is never used for something else later. */
export const FLAGS = ['search_deliberation', 'auto_approval', 'memory_routing'] as const;

export type Flag = (typeof FLAGS)[number];

/** Who said so: the tenant's own setting, the configuration of the server, or nobody. */
export type FlagSource = 'tenant' | 'configuration' | 'default';

/** A flag as it holds for one tenant. */
export interface FlagState {
  readonly flag: Flag;
  readonly enabled: boolean;
  readonly source: FlagSource;
  /** Of the tenant's own setting; else null. */
  readonly actor: string | null;
  readonly updatedAt: string | null;
}
