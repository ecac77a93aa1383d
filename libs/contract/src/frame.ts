import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { DECISIONS, FileChangeSchema, NeededSchema, REVISION_ORIGINS } from './approval';
import { RECALL_ARMS, RankingFields } from './memory';
import { RESOLUTION_SOURCES } from './question';
import { ContentHash, Timestamp, Uuid, literals, nullable } from './schema';
import { BREAKER_STATES } from './tool';
import { SEARCH_ENDS, SearchAmountsSchema, SearchRulesSchema, VERIFICATIONS } from './search';
import { RunErrorSchema, RunResultSchema } from './run';

const body = <T extends Record<string, TSchema>>(properties: T) => Type.Object(properties);
const Id = Type.String();
const PathEdges = Type.Array(Type.Object({ assumptionId: Id, value: Type.Boolean() }));
const Decision = literals(DECISIONS);
const Breaker = Type.Optional(literals(BREAKER_STATES, "The tool's circuit breaker at that moment"));
const CallFailure = body({ callId: Uuid, tool: Id, error: RunErrorSchema, breaker: Breaker });

/**
 * The frame union: one row per type with the schema of its body. The order is the order in which a run meets them.
 * Types are only ever added; a client ignores those it does not know.
 */
export const FRAME_BODIES = {
  'run.started': body({ goal: Type.String(), workspace: Id, requester: Id }),
  'memory.recalled': body({
    fragments: Type.Array(
      body({ fragmentId: Uuid, text: Type.String(), ...RankingFields, version: Type.Integer(), status: Id }),
    ),
    arm: literals(RECALL_ARMS, '`control`: what was found is held back, to measure what it is worth'),
    late: Type.Boolean({ description: 'The recall took too long; the run went on without' }),
    degraded: Type.Array(Type.String(), { description: 'Rankers that could not be used, and why' }),
    withheld: Type.Array(Uuid, { description: 'What a control run was not given' }),
    tokens: Type.Integer({ description: 'Estimate of what the fragments take in a prompt' }),
    durationMs: Type.Number(),
  }),
  'trace.delta': body({
    text: Type.String(),
    channel: Type.Optional(
      literals(['reasoning', 'text'], 'What a model thinks, or says; absent: a trace of the caller'),
    ),
    attempt: Type.Optional(
      Type.Integer({ description: 'A higher one than before: the model was asked again, what came before is void' }),
    ),
  }),
  'search.started': body({
    searchId: Uuid,
    seed: Type.Integer(),
    rules: SearchRulesSchema,
    budget: SearchAmountsSchema,
  }),
  'search.expanded': body({
    searchId: Uuid,
    version: Type.Integer(),
    nodeId: Uuid,
    parentId: nullable(Uuid),
    duplicate: Type.Boolean({ description: 'No new node: nodeId has this answer already' }),
    verified: literals(VERIFICATIONS),
    summary: Type.String({ description: 'What the plan proposes, shortened' }),
  }),
  'search.compared': body({
    searchId: Uuid,
    version: Type.Integer(),
    nodeId: Uuid,
    against: Uuid,
    swapped: Type.Boolean(),
    scoreA: nullable(Type.Number({ description: 'Of nodeId; null: the judge gave nothing that can be used' })),
    scoreB: nullable(Type.Number()),
    critique: Type.String({ description: 'Shortened; without scores: why there are none' }),
    q0: nullable(Type.Number({ description: 'Value of nodeId; null: more judgements are to come' })),
    Q: nullable(Type.Number()),
  }),
  'search.completed': body({
    searchId: Uuid,
    version: Type.Integer(),
    end: literals(SEARCH_ENDS),
    reason: nullable(Type.String({ description: 'Why it was stopped early' })),
    bestId: nullable(Uuid),
    worstId: nullable(Uuid),
    used: SearchAmountsSchema,
  }),
  'trace.completed': body({ source: Id, chars: Type.Integer() }),
  'assumption.added': body({ assumptionId: Id, text: Type.String(), p: Type.Number() }),
  'tree.built': body({
    treeId: Id,
    composer: literals(['caller', 'lexical', 'model']),
    degraded: Type.Boolean(),
    assumptions: Type.Integer(),
    leaves: Type.Integer(),
    inputHash: Id,
    warnings: Type.Array(Type.String()),
  }),
  'path.scored': body({
    treeId: Id,
    leafId: Id,
    path: PathEdges,
    actionId: Id,
    L: Type.Number(),
    G: Type.Number(),
    C: Type.Number(),
    U: Type.Number(),
  }),
  'path.chosen': body({
    treeId: Id,
    actionId: Id,
    mode: Id,
    U: Type.Number(),
    margin: nullable(Type.Number()),
    modesAgree: Type.Boolean(),
  }),
  'assumption.resolved': body({
    assumptionId: Id,
    truth: Type.Boolean(),
    source: literals(RESOLUTION_SOURCES),
    actor: Id,
  }),
  'tree.rescored': body({
    treeId: Id,
    assumptionId: Id,
    truth: Type.Boolean(),
    before: Type.String({ description: 'The action the tree had chosen' }),
    after: Type.String({ description: 'The action it would choose now' }),
    U: Type.Number(),
    margin: nullable(Type.Number()),
  }),
  request: body({
    jsonrpc: Type.Literal('2.0'),
    id: Id,
    method: Id,
    params: Type.Record(Type.String(), Type.Unknown()),
  }),
  'request.resolved': body({ id: Id, outcome: Id, actor: Id }),
  'tool.proposed': body({
    callId: Uuid,
    actionId: Id,
    tool: Id,
    args: Type.Record(Type.String(), Type.Unknown()),
    workspace: Id,
  }),
  'tool.guarded': body({
    callId: Uuid,
    tool: Id,
    verdict: literals(['allow', 'ask', 'deny']),
    rule: Id,
    reason: Type.String(),
    breaker: Breaker,
  }),
  'tool.started': body({ callId: Uuid, tool: Id }),
  'tool.output': body({ callId: Uuid, tool: Id, output: Type.Unknown() }),
  'tool.completed': body({ callId: Uuid, tool: Id, durationMs: Type.Number() }),
  'tool.failed': CallFailure,
  'diff.created': body({
    diffId: Uuid,
    callId: Uuid,
    revision: Type.Integer(),
    hash: ContentHash,
    files: Type.Array(FileChangeSchema),
    origin: Type.Optional(literals(REVISION_ORIGINS, 'Absent: the run proposed it')),
    author: Type.Optional(nullable(Type.String())),
    supersedes: Type.Optional(Uuid),
  }),
  'approval.requested': body({
    approvalId: Uuid,
    diffId: Uuid,
    requestId: Id,
    hash: ContentHash,
    rule: Id,
    expiresAt: Timestamp,
  }),
  'approval.voted': body({
    approvalId: Uuid,
    decision: Decision,
    actor: Id,
    hash: ContentHash,
    comment: nullable(Type.String()),
    needed: NeededSchema,
  }),
  'approval.revised': body({
    approvalId: Uuid,
    diffId: Uuid,
    requestId: Id,
    revision: Type.Integer(),
    hash: ContentHash,
    author: Id,
    origin: literals(REVISION_ORIGINS),
    supersedes: Uuid,
    comment: nullable(Type.String()),
  }),
  'approval.reminded': body({ approvalId: Uuid, needed: NeededSchema, expiresAt: Timestamp }),
  'approval.escalated': body({
    approvalId: Uuid,
    rule: Id,
    deciders: nullable(Type.Array(Type.String())),
    roles: Type.Array(Type.String()),
    needed: NeededSchema,
  }),
  'approval.decided': body({
    approvalId: Uuid,
    decision: Decision,
    actor: Id,
    hash: ContentHash,
    comment: nullable(Type.String()),
  }),
  'approval.expired': body({ approvalId: Uuid }),
  'approval.voided': body({ approvalId: Uuid, reason: Type.String() }),
  'diff.applied': body({ diffId: Uuid, hash: ContentHash, files: Type.Array(Type.String()), written: Type.Boolean() }),
  'diff.stale': body({
    diffId: Uuid,
    hash: ContentHash,
    files: Type.Array(
      body({
        path: Type.String(),
        state: Type.String(),
        conflict: Type.Optional(
          Type.String({
            description: 'What is there now, what it was made for, what was approved, with diff3 markers',
          }),
        ),
      }),
    ),
    offer: Type.Optional(
      body({ diffId: Uuid, revision: Type.Integer(), hash: ContentHash, origin: literals(REVISION_ORIGINS) }),
    ),
  }),
  'diff.rejected': body({ diffId: Uuid, hash: ContentHash, actor: Id }),
  'memory.recorded': body({
    outcome: Id,
    learnt: Type.Boolean({ description: 'A lesson was kept; memory/search finds it' }),
  }),
  'budget.warning': body({ budget: Id, used: Type.Number(), limit: Type.Number() }),
  'run.waiting': body({ for: literals(['approval', 'input', 'client_tool']), requestId: Id }),
  'run.resumed': body({ reason: literals(['decision', 'answer', 'takeover', 'expiry', 'refutation']) }),
  'run.completed': body({ result: RunResultSchema }),
  'run.failed': body({ error: RunErrorSchema }),
  'run.cancelled': body({ actor: Id, reason: nullable(Type.String()) }),
} as const;

export type FrameType = keyof typeof FRAME_BODIES;
export type FrameBody<T extends FrameType> = Static<(typeof FRAME_BODIES)[T]>;

export const FRAME_TYPES = Object.keys(FRAME_BODIES) as FrameType[];
export const TERMINAL_FRAME_TYPES: ReadonlySet<string> = new Set<FrameType>([
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

/** A frame before the log has given it a seq and a time. */
export type NewFrame = {
  [T in FrameType]: { readonly type: T; readonly step: number; readonly body: FrameBody<T> };
}[FrameType];

/** What every frame carries beside its body. */
export interface FrameHead {
  readonly runId: string;
  /** Starts at 1, contiguous within the run, immutable. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds, the database's clock. */
  readonly at: string;
  readonly step: number;
  readonly clientTraceId: string | null;
  /** W3C trace context of the run; only there when it has one. */
  readonly traceparent?: string;
}

/** A frame on the wire: head and body in one flat object. */
export type Frame = { [T in FrameType]: FrameHead & { readonly type: T } & FrameBody<T> }[FrameType];

/** The factory of the union. */
export function frame<T extends FrameType>(type: T, step: number, frameBody: FrameBody<T>): NewFrame {
  return { type, step, body: frameBody } as NewFrame;
}

export const FrameSchema = Type.Object(
  {
    runId: Uuid,
    seq: Type.Integer({ minimum: 1 }),
    at: Timestamp,
    type: Type.String({ description: `One of ${FRAME_TYPES.join(', ')}; ignore what you do not know` }),
    step: Type.Integer(),
    clientTraceId: nullable(Type.String()),
    traceparent: Type.Optional(
      Type.String({ description: 'W3C trace context of the run; the same in all its frames; absent: none' }),
    ),
  },
  { additionalProperties: true },
);
