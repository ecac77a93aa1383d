import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { Database, cte, sql, withCtes } from '@assent/platform';
import { auditChange } from '@assent/audit';
import type { KnownTool, SeenTool } from './tool-adapter.port';

/** Maximum stored definitions per server. This bounds a server that keeps renaming its tools. */
const PINS_PER_SERVER_MAX = 1_000;
const FIRST_USE_ACTOR = 'first-use';

export interface McpPinRecord extends SeenTool {
  readonly seenAt: Date;
  readonly trustedHash: string | null;
  readonly trustedDefinition: JsonObject | null;
  readonly trustedBy: string | null;
  readonly trustedAt: Date | null;
}

/** The person who trusts a definition. */
export interface TrustActor {
  readonly tenantId: string;
  readonly subject: string;
}

const COLUMNS = sql`id, server, tool, hash, definition, seen_at as "seenAt", trusted_hash as "trustedHash",
  trusted_definition as "trustedDefinition", trusted_by as "trustedBy", trusted_at as "trustedAt"`;

/** Trust in MCP tools, one statement per method. */
@Injectable()
export class McpPinRepository {
  constructor(private readonly database: Database) {}

  async known(server: string): Promise<KnownTool[]> {
    return this.database.query<KnownTool>(
      sql`select tool, hash, trusted_hash as "trustedHash" from mcp_pins where server = ${server}`,
    );
  }

  /** Stores a definition. A new tool is trusted if `trustNew`; the trust in a known tool does not change. */
  async see({ id, server, tool, hash, definition }: SeenTool, trustNew: boolean): Promise<KnownTool | null> {
    const seen = JSON.stringify(definition);
    const rows = await this.database.query<KnownTool>(sql`
      insert into mcp_pins (id, server, tool, hash, definition, seen_at, trusted_hash, trusted_definition, trusted_by, trusted_at)
      select ${id}::text, ${server}::text, ${tool}::text, ${hash}::text, ${seen}::json, now(),
        case when ${trustNew}::boolean then ${hash}::text end, case when ${trustNew}::boolean then ${seen}::json end,
        case when ${trustNew}::boolean then ${FIRST_USE_ACTOR}::text end, case when ${trustNew}::boolean then now() end
      where exists (select from mcp_pins where id = ${id})
        or (select count(*) from mcp_pins where server = ${server}) < ${PINS_PER_SERVER_MAX}
      on conflict (id) do update set hash = excluded.hash, definition = excluded.definition, seen_at = excluded.seen_at
      returning tool, hash, trusted_hash as "trustedHash"`);
    return rows[0] ?? null;
  }

  async find(id: string): Promise<McpPinRecord | undefined> {
    const rows = await this.database.query<McpPinRecord>(sql`select ${COLUMNS} from mcp_pins where id = ${id}`);
    return rows[0];
  }

  /** Definitions ordered by id, after `after`. */
  async list(after: string, limit: number): Promise<McpPinRecord[]> {
    return this.database.query<McpPinRecord>(
      sql`select ${COLUMNS} from mcp_pins where id > ${after} order by id limit ${limit}`,
    );
  }

  /** Untrusted definitions, ordered by id, after `after`. */
  async untrusted(after: string, limit: number): Promise<McpPinRecord[]> {
    return this.database.query<McpPinRecord>(
      sql`select ${COLUMNS} from mcp_pins where id > ${after} and trusted_hash is distinct from hash order by id limit ${limit}`,
    );
  }

  /**
   * Trusts the latest definition, if it has this hash.
   * @returns undefined if the hash differs, or the definition is already trusted
   */
  async trust(id: string, hash: string, { tenantId, subject }: TrustActor): Promise<McpPinRecord | undefined> {
    const trusted = cte(
      'update_mcp_pins',
      sql`update mcp_pins set trusted_hash = hash, trusted_definition = definition, trusted_by = ${subject}, trusted_at = now()
        where id = ${id} and hash = ${hash} and trusted_hash is distinct from hash returning ${COLUMNS}`,
    );
    const audit = auditChange(
      tenantId,
      { action: 'tool.trust', actor: subject, subjectType: 'tool', subjectId: id, hash, detail: {} },
      trusted,
    );
    const rows = await this.database.query<McpPinRecord>(withCtes([trusted, audit], sql`select * from ${trusted}`));
    return rows[0];
  }
}
