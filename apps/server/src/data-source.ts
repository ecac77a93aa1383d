import type { DataSourceOptions } from 'typeorm';
import { ApiKeyEntity, FlagEntity } from '@assent/platform';
import {
  ApprovalEntity,
  ApprovalEventEntity,
  ApprovalInboxEntity,
  ApprovalPolicyEntity,
  ApprovalVoteEntity,
  AttemptEntity,
  AuditEntity,
  AuditHeadEntity,
  CallbackEntity,
  DecisionEntity,
  DeliveryEntity,
  DiffEntity,
  EndpointEntity,
  WebhookEventEntity,
} from '@assent/approvals';
import { MEMORY_ENTITIES, SEARCH_ENTITIES } from '@assent/memory';
import {
  CalibrationEntity,
  ModelCallEntity,
  QuestionEntity,
  ResolutionEntity,
  StepEntity,
  TreeEntity,
} from '@assent/planner';
import { FrameEntity, IdempotencyKeyEntity, RunEntity, StreamTicketEntity } from '@assent/runs';
import { ClientCallEntity, McpPinEntity, ToolCallEntity, ToolPolicyEntity } from '@assent/tools';
import { MIGRATIONS } from './migrations';

const ENTITIES = [
  RunEntity,
  FrameEntity,
  IdempotencyKeyEntity,
  StreamTicketEntity,
  TreeEntity,
  ResolutionEntity,
  QuestionEntity,
  StepEntity,
  ModelCallEntity,
  CalibrationEntity,
  ToolCallEntity,
  ClientCallEntity,
  ToolPolicyEntity,
  McpPinEntity,
  DiffEntity,
  ApprovalEntity,
  DecisionEntity,
  ApprovalVoteEntity,
  ApprovalPolicyEntity,
  ApprovalEventEntity,
  ApprovalInboxEntity,
  AuditEntity,
  AuditHeadEntity,
  EndpointEntity,
  WebhookEventEntity,
  DeliveryEntity,
  AttemptEntity,
  CallbackEntity,
  ApiKeyEntity,
  ...MEMORY_ENTITIES,
  ...SEARCH_ENTITIES,
  FlagEntity,
];

/** Seconds to wait for a connection before a call fails as overloaded. */
const CONNECT_TIMEOUT_MS = 5_000;

/** No statement of ours takes this long; one that does holds others up, or its connection is dead without knowing it. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** The client's own clock, for a server that cannot answer any more. */
const ANSWER_TIMEOUT_MS = 25_000;
/** A replica that stopped in the middle of an effect gives its locks back within the promised 30 s. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** Connections that serve calls. A migration may take longer, and has none of these limits. */
export const SERVING_CONNECTION = {
  // Statements that do not wait for each other go out together (Database.around, Lane).
  pipeline: true,
  keepAlive: true,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  query_timeout: ANSWER_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
};

/** The store. Migrations are the only way the schema changes. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    synchronize: false,
    poolSize,
    applicationName: 'assent',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
  };
}
