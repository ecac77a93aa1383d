import { Injectable } from '@nestjs/common';
import { AssentError, DEFAULT_PAGE, type MethodParams, type MethodResult } from '@assent/contract';
import { Config } from '@assent/platform';
import type { KnownTool, SeenTool, TrustStore } from './tool-adapter.port';
import { McpPinRepository, type McpPinRecord, type TrustActor } from './mcp-pin.repository';
import { Redactor } from './redaction';

type TrustPageRequest = MethodParams<'tool/trust/list'>;
type TrustPage = MethodResult<'tool/trust/list'>;
export type TrustedTool = MethodResult<'tool/trust'>;

/** Maximum tools read by one statement. */
const UNTRUSTED_PAGE = 200;

/**
 * Current and trusted definitions of foreign tools. All tenants share the servers and the trust, so only the tenants that the
 * server configures may give it.
 */
@Injectable()
export class ToolTrust implements TrustStore {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly pins: McpPinRepository,
    private readonly config: Config,
    private readonly redactor: Redactor,
  ) {}

  known(server: string): Promise<KnownTool[]> {
    return this.pins.known(server);
  }

  see(seen: SeenTool, trustNew: boolean): Promise<KnownTool | null> {
    return this.pins.see({ ...seen, definition: this.redactor.object(seen.definition) }, trustNew);
  }

  onTrust(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @throws AssentError forbidden for a tenant that may not give trust */
  async list(actor: TrustActor, { cursor = '', limit = DEFAULT_PAGE }: TrustPageRequest): Promise<TrustPage> {
    this.requireTenant(actor);
    const rows = await this.pins.list(cursor, limit + 1);
    const items = rows.slice(0, limit).map(toWire);
    return { items, cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Every tool whose current definition is not trusted. */
  async untrusted(): Promise<TrustedTool[]> {
    const tools: TrustedTool[] = [];
    for (;;) {
      const page = await this.pins.untrusted(tools.at(-1)?.id ?? '', UNTRUSTED_PAGE);
      tools.push(...page.map(toWire));
      if (page.length < UNTRUSTED_PAGE) return tools;
    }
  }

  /**
   * Trusts a reviewed definition. Idempotent; replicas follow within seconds.
   * @param hash of the reviewed definition
   * @throws AssentError forbidden; not_found; conflict if the definition has changed since
   */
  async trust(id: string, hash: string, actor: TrustActor): Promise<TrustedTool> {
    this.requireTenant(actor);
    const trusted = await this.pins.trust(id, hash, actor);
    const now = trusted ?? (await this.pins.find(id));
    if (!now)
      throw new AssentError('not_found', `There is no MCP tool ${JSON.stringify(id)}. tool/trust/list lists them.`);
    if (now.hash !== hash) {
      throw new AssentError(
        'conflict',
        `${id} now has the hash ${now.hash}, not the given one. Review it again with tool/trust/list.`,
        { hash: now.hash },
      );
    }
    if (trusted) for (const listener of this.listeners) listener();
    return toWire(now);
  }

  private requireTenant({ tenantId }: TrustActor): void {
    if (this.config.trustTenants.has(tenantId)) return;
    throw new AssentError(
      'forbidden',
      'MCP tools are shared by all tenants of this server, and yours is not among those that may trust them (TOOL_TRUST_TENANTS).',
    );
  }
}

function toWire(pin: McpPinRecord): TrustedTool {
  const { id, server, tool, hash, definition, trustedHash, trustedDefinition, trustedBy } = pin;
  return {
    id,
    server,
    tool,
    state: trustedHash === hash ? 'trusted' : trustedHash === null ? 'new' : 'changed',
    hash,
    definition,
    seenAt: pin.seenAt.toISOString(),
    trustedHash,
    trustedDefinition,
    trustedBy,
    trustedAt: pin.trustedAt?.toISOString() ?? null,
  };
}
