/** Everything a principal may be allowed to do. A method or route names the one scope it needs. */
export const SCOPES = [
  'run:write',
  'run:read',
  'approval:read',
  'approval:decide',
  'tool:admin',
  'webhook:admin',
  'memory:read',
  'memory:admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Who is calling. Every row and every query is bound to `tenantId`. */
export interface Principal {
  readonly tenantId: string;
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Names that approval policies ask for, e.g. `security`; they open no route. */
  readonly roles: ReadonlySet<string>;
}
