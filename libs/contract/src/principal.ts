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
  'key:admin',
  'permission:ask',
] as const;

export type Scope = (typeof SCOPES)[number];

/** How a principal shows who it is: a built-in key, an API key (by its id), or a token of an identity provider. */
export type Credential = 'local' | 'token' | `key:${string}`;

/** What a run was allowed to do when it was started, and by which credential: stored with the run. */
export interface Authority {
  readonly credential: Credential;
  readonly scopes: readonly Scope[];
}

/** Globs of the MCP servers and of the tools that a key may call through the MCP gateway; null: all. */
export interface ToolAccess {
  readonly mcpServers: readonly string[] | null;
  readonly tools: readonly string[] | null;
}

/** Who is calling. Every row and every query is bound to `tenantId`. */
export interface Principal {
  readonly tenantId: string;
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Names that approval policies ask for, e.g. `security`; they open no route. */
  readonly roles: ReadonlySet<string>;
  /** Absent: made inside the server, or a built-in key. */
  readonly credential?: Credential;
  /** The person that the credential speaks for, where that is not the subject: a webhook is no person. */
  readonly person?: string;
  /** When its credential ends. Absent: it has no end. */
  readonly expiresAt?: Date;
  /** Its credential is a session of the console: it makes no keys, and may end itself. */
  readonly isSession?: true;
  /** The channel of a decision, `webhook:<id>`. Absent: a request with the principal's own credential. */
  readonly via?: string;
  /**
   * Who can decide for every subject of that channel: each with the people who issued their credential. Absent: nobody.
   */
  readonly holders?: readonly (readonly [person: string, ...issuers: string[]])[];
  /** Its credential starts nothing but calls of these tools through the MCP gateway. Absent: no restriction. */
  readonly toolAccess?: ToolAccess;
  /** People who made the credential or were shown its secret, and so can use it themselves. Absent: nobody else. */
  readonly issuers?: readonly string[];
}

/** Endpoints for MCP clients, which ask for tokens with the address of an endpoint as the audience (RFC 8707). */
export const MCP_PATHS = ['/mcp', '/mcp/gateway'] as const;

/** Role that may issue keys with any scope, role and subject of the tenant. */
export const ADMIN_ROLE = 'admin';

export function authorityOf({ credential = 'local', scopes }: Principal): Authority {
  return { credential, scopes: [...scopes] };
}
