import { Injectable } from '@nestjs/common';
import type { METHODS } from '@assent/contract';
import type { MethodHandlers } from '../method.handler';
import { openRpcDocument } from '../rpc/openrpc';
import { ApprovalHandlers } from './approval.handlers';
import { AuditHandlers } from './audit.handlers';
import { EventHandlers } from './event.handlers';
import { FlagHandlers } from './flag.handlers';
import { IdentityHandlers } from './identity.handlers';
import { KeyHandlers } from './key.handlers';
import { MemoryHandlers } from './memory.handlers';
import { PauseHandlers } from './pause.handlers';
import { PlannerHandlers } from './planner.handlers';
import { RunHandlers } from './run.handlers';
import { SearchHandlers } from './search.handlers';
import { ServerHandlers } from './server.handlers';
import { SessionHandlers } from './session.handlers';
import { ToolHandlers } from './tool.handlers';
import { WebhookHandlers } from './webhook.handlers';

/** The handlers of all rows of the method table. A missing handler is a compile error. */
@Injectable()
export class RpcHandlers {
  readonly methods: MethodHandlers<typeof METHODS>;

  constructor(
    runs: RunHandlers,
    planner: PlannerHandlers,
    tools: ToolHandlers,
    approvals: ApprovalHandlers,
    events: EventHandlers,
    memory: MemoryHandlers,
    searches: SearchHandlers,
    audit: AuditHandlers,
    webhooks: WebhookHandlers,
    keys: KeyHandlers,
    identities: IdentityHandlers,
    sessions: SessionHandlers,
    flags: FlagHandlers,
    pauses: PauseHandlers,
    server: ServerHandlers,
  ) {
    let document: Readonly<Record<string, unknown>> | undefined;
    this.methods = {
      ...runs.methods,
      ...planner.methods,
      ...tools.methods,
      ...approvals.methods,
      ...events.methods,
      ...memory.methods,
      ...searches.methods,
      ...audit.methods,
      ...webhooks.methods,
      ...keys.methods,
      ...identities.methods,
      ...sessions.methods,
      ...flags.methods,
      ...pauses.methods,
      ...server.methods,
      'rpc.discover': () => Promise.resolve((document ??= openRpcDocument())),
    };
  }
}

export const HANDLER_PROVIDERS = [
  RunHandlers,
  PlannerHandlers,
  ToolHandlers,
  ApprovalHandlers,
  EventHandlers,
  MemoryHandlers,
  SearchHandlers,
  AuditHandlers,
  WebhookHandlers,
  KeyHandlers,
  IdentityHandlers,
  SessionHandlers,
  FlagHandlers,
  PauseHandlers,
  ServerHandlers,
  RpcHandlers,
];
