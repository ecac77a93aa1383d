/** Whose memory: nothing is ever recalled, merged or changed across it. */
export interface MemoryScope {
  readonly tenantId: string;
  /** Subject of the principal whose runs learn and recall; fragments without an agent belong to all agents of the tenant. */
  readonly agent: string;
}
