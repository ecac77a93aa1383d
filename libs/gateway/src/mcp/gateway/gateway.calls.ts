import { Injectable } from '@nestjs/common';
import { AssentError, isTerminal, type JsonObject, type StartParams } from '@assent/contract';
import { DiffRepository } from '@assent/approvals';
import { EngineService, RunStarter } from '@assent/engine';
import { canonicalJson, contentHashOf, isUniqueViolation } from '@assent/platform';
import { GatewaySettings, type RemoteListing } from '@assent/tools';
import type { McpExchange } from '../mcp.exchange';
import {
  GatewayCallRepository,
  insertGatewayCall,
  type GatewayCall,
  type NewGatewayCall,
} from './gateway-call.repository';
import { GatewayMetrics } from './gateway.metrics';

/** Attempts to start or attach to a call while equal calls start and end. */
const MAX_ATTEMPTS = 5;
const SESSION_MAX_CHARS = 255;

/** A call as the client makes it. */
export interface RequestedCall {
  readonly tool: RemoteListing;
  /** With the names of the adapter. */
  readonly args: JsonObject;
  /** Key of the client for the call; null: equal calls are one call. */
  readonly idempotencyKey: string | null;
  /** Session named in the request; null: none, or that of the transport. */
  readonly session: string | null;
}

export interface BegunCall {
  readonly callId: string;
  /** The call had already ended, so its result is that of an earlier request. */
  readonly isReplayed: boolean;
}

/** Starts calls, or attaches to existing ones: equal calls of one caller are one call until its result is collected. */
@Injectable()
export class GatewayCalls {
  /** Results that this replica is writing, by call. */
  private readonly writing = new Map<string, Promise<void>>();

  constructor(
    private readonly calls: GatewayCallRepository,
    private readonly starter: RunStarter,
    private readonly engine: EngineService,
    private readonly diffs: DiffRepository,
    private readonly settings: GatewaySettings,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** @throws AssentError invalid, idempotency_mismatch, overloaded, draining */
  async begin(requested: RequestedCall, exchange: McpExchange): Promise<BegunCall> {
    const { principal } = exchange.context;
    const call = callOf(requested, exchange);
    for (let attempt = 1; ; attempt += 1) {
      const known = await this.attached(call, exchange);
      if (known) return known;
      if (this.engine.isDraining) {
        throw new AssentError('draining', 'This replica is shutting down. Send the call again, to another replica.');
      }
      try {
        const requireSpace = () => this.requireSpace(principal.tenantId);
        const { runId } = await this.starter.start(principal, startOf(requested, exchange.client), exchange.context, {
          gateway: { writes: [insertGatewayCall(call)], requireSpace },
        });
        return { callId: runId, isReplayed: false };
      } catch (thrown) {
        // An equal call has started at the same time.
        if (attempt < MAX_ATTEMPTS && isUniqueViolation(thrown, 'gateway_calls_current')) continue;
        throw thrown;
      }
    }
  }

  /** A call of the principal's own. @throws AssentError not_found */
  async find(callId: string, { context: { principal } }: McpExchange): Promise<GatewayCall> {
    const call = await this.calls.find(principal, callId);
    if (call) return call;
    throw noSuchCall(callId);
  }

  pending({ context: { principal } }: McpExchange): Promise<GatewayCall[]> {
    return this.calls.pending(principal);
  }

  /** Marks the result of a call as collected once it is written completely. */
  deliver(callId: string, exchange: McpExchange): void {
    const { log } = exchange.context;
    const done = exchange
      .received()
      .then(async (isReceived) => {
        if (isReceived) await this.calls.collect(callId);
      })
      .catch((err: unknown) => {
        log.warn({ err, callId }, 'could not record that a result was collected; an equal call gets it again');
      })
      .finally(() => {
        if (this.writing.get(callId) === done) this.writing.delete(callId);
      });
    this.writing.set(callId, done);
  }

  /** The arguments with which a reviewer has replaced those of the caller; null: nobody has. */
  async revisedArgs({ context: { principal } }: McpExchange, diffId: string): Promise<JsonObject | null> {
    return (await this.diffs.find(principal.tenantId, diffId))?.args ?? null;
  }

  private async attached(call: NewGatewayCall, { context: { principal } }: McpExchange): Promise<BegunCall | null> {
    const first = await this.calls.current(principal, call.key);
    const writing = first && this.writing.get(first.runId);
    if (writing) await writing;
    const known = writing ? await this.calls.current(principal, call.key) : first;
    if (!known) return null;
    if (known.argsHash !== call.argsHash) {
      throw new AssentError(
        'idempotency_mismatch',
        `The idempotency key belongs to call ${known.runId}, which has other arguments. Use a new key.`,
        {
          callId: known.runId,
        },
      );
    }
    const isReplayed = isTerminal(known.state);
    if (isReplayed) this.metrics.replayed.inc();
    else this.metrics.attached.inc();
    return { callId: known.runId, isReplayed };
  }

  private async requireSpace(tenantId: string): Promise<void> {
    const open = await this.calls.countOpen(tenantId);
    if (open < this.settings.maxOpenCalls) return;
    throw new AssentError('overloaded', `${open} calls of the gateway are open already: try again in a moment.`, {
      retryAfterSeconds: 5,
    });
  }
}

function callOf({ tool, args, idempotencyKey, session }: RequestedCall, exchange: McpExchange): NewGatewayCall {
  const argsHash = contentHashOf(canonicalJson({ tool: tool.name, args }));
  const named = session ?? exchange.session?.slice(0, SESSION_MAX_CHARS) ?? null;
  return {
    key:
      idempotencyKey === null ? contentHashOf(canonicalJson({ argsHash, session: named })) : `given:${idempotencyKey}`,
    argsHash,
    isKeyGiven: idempotencyKey !== null,
    server: tool.server,
    tool: tool.name,
    client: exchange.client,
  };
}

function startOf({ tool: { name, verdict }, args }: RequestedCall, client: string): StartParams {
  return {
    goal: `${client} calls ${name}`,
    memory: false,
    actions: [{ id: 'call', kind: 'tool', label: `${client} calls ${name}`, tool: name, args }],
    beliefs: { assumptions: [], gains: [] },
    // A replica of the previous version does not know the default of the gateway.
    ...(verdict === 'ask' && { policy: { ask: [name] } }),
  };
}

export function noSuchCall(callId: string): AssentError {
  return new AssentError('not_found', `There is no call ${callId}. assent__pending lists yours.`);
}
