import { Type, type TSchema } from '@sinclair/typebox';
import { LearnedSchema, RationaleSchema } from './planner';
import { DECISIONS, FileChangeSchema, NeededSchema, REVISION_ORIGINS } from './approval';
import { RECALL_ARMS, RankingFields } from './memory';
import { ACTION_KINDS, ResolutionHowSchema } from './planner-input';
import { RESOLUTION_SOURCES } from './question';
import { ContentHash, Timestamp, Uuid, literals, nullable } from './schema';
import { BREAKER_STATES } from './tool';
import { SEARCH_ENDS, SearchAmountsSchema, SearchRulesSchema, VERIFICATIONS } from './search';
import { PlanStepSchema, RunErrorSchema, RunResultSchema, WAITING_FOR } from './run';

const body = <T extends Record<string, TSchema>>(properties: T) => Type.Object(properties);
const Id = Type.String();
const PathEdges = Type.Array(Type.Object({ assumptionId: Id, value: Type.Boolean() }));
const ActionLabel = Type.Optional(Type.String({ description: 'Of the action; absent: the tree has none' }));
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
    critique: Type.String({ description: 'Shortened; without scores: why they are missing' }),
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
  'assumption.added': body({
    assumptionId: Id,
    text: Type.String(),
    p: Type.Number(),
    learned: Type.Optional(LearnedSchema),
  }),
  'tree.built': body({
    treeId: Id,
    composer: literals(['caller', 'lexical', 'model']),
    degraded: Type.Boolean(),
    assumptions: Type.Integer(),
    leaves: Type.Integer(),
    inputHash: Id,
    warnings: Type.Array(Type.String()),
    actions: Type.Optional(Type.Array(body({ id: Id, kind: literals(ACTION_KINDS), label: Type.String() }))),
    learning: Type.Optional(literals(['apply', 'show'], 'What was done with what was learned; absent: nothing was')),
    learned: Type.Optional(
      Type.Array(body({ actionId: Id, learned: LearnedSchema }), { description: 'Success rates of actions' }),
    ),
  }),
  'path.scored': body({
    treeId: Id,
    leafId: Id,
    path: PathEdges,
    actionId: Id,
    label: ActionLabel,
    L: Type.Number(),
    G: Type.Number(),
    C: Type.Number(),
    U: Type.Number(),
  }),
  'path.chosen': body({
    treeId: Id,
    actionId: Id,
    label: ActionLabel,
    mode: Id,
    U: Type.Number(),
    margin: nullable(Type.Number()),
    modesAgree: Type.Boolean(),
    rationale: Type.Optional(nullable(RationaleSchema)),
  }),
  'plan.updated': body({
    steps: Type.Array(PlanStepSchema, { description: 'Changes that the model means to make, in order' }),
  }),
  'assumption.resolved': body({
    assumptionId: Id,
    truth: Type.Boolean(),
    source: literals(RESOLUTION_SOURCES),
    actor: Id,
    how: ResolutionHowSchema,
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
    label: ActionLabel,
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
    via: Type.Optional(nullable(Id)),
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
    /** The webhook whose callback decided; null, or absent in older frames: none did. */
    via: Type.Optional(nullable(Id)),
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
  'run.waiting': body({
    for: literals(WAITING_FOR, '`pause`: the tenant is paused, and the run is queued until it is resumed'),
    requestId: Type.Optional(Type.String({ description: 'Absent with `pause`, which waits for no request' })),
    requestIds: Type.Optional(Type.Array(Id, { description: 'All of them, when the run waits for several' })),
  }),
  'run.resumed': body({
    reason: literals(['decision', 'answer', 'takeover', 'expiry', 'refutation', 'resume', 'voided']),
  }),
  'run.retrying': body({
    error: RunErrorSchema,
    attempts: Type.Integer({ description: 'Attempts when the frame was written; run/get has the current number' }),
  }),
  'run.completed': body({ result: RunResultSchema }),
  'run.failed': body({ error: RunErrorSchema, result: Type.Optional(RunResultSchema) }),
  'run.cancelled': body({ actor: Id, reason: nullable(Type.String()) }),
} as const;
