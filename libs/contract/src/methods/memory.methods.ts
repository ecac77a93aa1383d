import { Type } from '@sinclair/typebox';
import { FRAGMENT_STATES, FragmentSchema, FragmentUseSchema, RankedFragmentSchema } from '../memory';
import {
  ImportResultSchema,
  META_PROMPT_STATUSES,
  MemoryDriftSchema,
  MemoryRunSchema,
  MetaPromptSchema,
} from '../memory-agent';
import { FragmentVersionSchema, MemoryPlanSchema, MAX_PLAN_OPS, PLAN_STATES, PlanOpSchema } from '../memory-plan';
import { AnyObject, Cursor, PageLimit, Uuid, boundedInteger, closed, literals, page } from '../schema';
import { GOAL_MAX_CHARS } from '../start-params';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

const Name = Type.String({ minLength: 1, maxLength: 256 });
const Paging = { cursor: Type.Optional(Cursor), limit: Type.Optional(PageLimit) };
/** Characters of one line of an import: a fragment with its keys. */
const LINE_MAX_CHARS = 32_000;

const LESSON =
  'Timeouts of the payment gateway are in milliseconds since 4.12.0; the changelog up to 4.11.0 has seconds.';
const fragment = {
  fragmentId: STORY.fragmentId,
  agent: null,
  origin: 'run',
  status: 'active',
  text: LESSON,
  keys: [STORY.goal],
  tags: ['payments'],
  helpful: 3,
  harmful: 0,
  strength: 1,
  version: 1,
  provenance: [{ runId: STORY.runId, outcome: 'success', score: 1, note: null, at: STORY.decidedAt }],
  lineage: [],
  reason: null,
  createdAt: STORY.decidedAt,
  updatedAt: STORY.decidedAt,
};
const plan = {
  planId: STORY.planId,
  state: 'applied',
  baseVersion: 7,
  appliedVersion: 8,
  ops: [{ op: 'add', text: LESSON, tags: ['payments'], rationale: 'It was right three times.' }],
  hash: STORY.hash,
  result: [{ op: 'add', fragmentId: STORY.fragmentId, version: 1 }],
  author: 'developer',
  memoryRunId: null,
  reverts: null,
  rebasedFrom: null,
  createdAt: STORY.askedAt,
  appliedAt: STORY.decidedAt,
};
const metaPrompt = {
  metaPromptId: STORY.metaPromptId,
  agent: null,
  family: 'plan',
  text: 'Compare units before you compare numbers.',
  parentId: null,
  wins: 4,
  losses: 1,
  status: 'active',
  createdAt: STORY.askedAt,
  updatedAt: STORY.decidedAt,
};
const memoryRun = {
  memoryRunId: STORY.memoryRunId,
  schedule: '0 3 * * *',
  slot: '2026-03-03T03:00:00.000Z',
  state: 'completed',
  actor: 'system:memory',
  stage: 'done',
  steps: [
    { stage: 'promote', read: 5, proposed: 1, planIds: [STORY.planId], applied: 1, why: 'Helpful in three runs.' },
  ],
  startedAt: '2026-03-03T03:00:00.041Z',
  finishedAt: '2026-03-03T03:00:01.207Z',
};

/** What runs have taught, and how it is changed. */
export const MEMORY_METHODS = {
  'memory/search': {
    summary: 'Fragments that match a query, best first, with provenance and credit',
    params: closed({
      query: Type.String({ minLength: 1, maxLength: GOAL_MAX_CHARS }),
      agent: Type.Optional(
        Type.String({ minLength: 1, maxLength: 256, description: 'Only what this agent would recall' }),
      ),
      limit: Type.Optional(PageLimit),
    }),
    result: page(RankedFragmentSchema),
    scope: 'memory:read',
    errors: [],
    rest: {
      verb: 'GET',
      path: '/memory/search',
      operationId: 'MemoryController_search',
      summary: 'Fragments that match a query, best first',
    },
    example: {
      params: { query: 'payment timeout', agent: 'developer', limit: 20 },
      result: {
        items: [
          {
            ...fragment,
            rank: 0.64,
            similarity: 0.8,
            credit: 0.8,
            fused: 1,
            scores: { text: { score: 0.8, place: 1 }, trigram: { score: 0.41, place: 1 }, vector: null },
          },
        ],
        cursor: null,
      },
    },
  },
  'memory/get': {
    summary: 'One fragment with what it was before',
    params: closed({ fragmentId: Uuid }),
    result: Type.Object({ fragment: FragmentSchema, history: Type.Array(FragmentVersionSchema) }),
    scope: 'memory:read',
    errors: ['not_found'],
    rest: { verb: 'GET', path: '/memory/fragments/{id}', id: 'fragmentId', operationId: 'MemoryController_fragment' },
    example: {
      params: { fragmentId: STORY.fragmentId },
      result: {
        fragment,
        history: [
          {
            version: 1,
            status: 'staged',
            text: LESSON,
            keys: [STORY.goal],
            tags: [],
            planId: null,
            createdAt: STORY.askedAt,
          },
        ],
      },
    },
  },
  'memory/use/list': {
    summary: 'Runs for which a fragment was found, and their outcome, newest first',
    params: closed({ fragmentId: Uuid, cursor: Type.Optional(Cursor), limit: Type.Optional(PageLimit) }),
    result: page(FragmentUseSchema),
    scope: 'memory:read',
    errors: ['not_found'],
    rest: { verb: 'GET', path: '/memory/fragments/{id}/uses', id: 'fragmentId', operationId: 'listFragmentUses' },
    example: {
      params: { fragmentId: STORY.fragmentId, cursor: STORY.runId, limit: 20 },
      result: {
        items: [{ runId: STORY.runId, arm: 'recall', state: 'completed', outcome: 'success', at: STORY.startedAt }],
        cursor: null,
      },
    },
  },
  'memory/list': {
    summary: 'Fragments, newest first',
    params: closed({
      status: Type.Optional(literals(FRAGMENT_STATES)),
      agent: Type.Optional(Name),
      tag: Type.Optional(Name),
      runId: Type.Optional(Uuid),
      ...Paging,
    }),
    result: page(FragmentSchema),
    scope: 'memory:read',
    errors: [],
    rest: { verb: 'GET', path: '/memory/fragments', operationId: 'MemoryController_fragments' },
    example: {
      params: {
        status: 'active',
        agent: 'developer',
        tag: 'payments',
        runId: STORY.runId,
        cursor: STORY.fragmentId,
        limit: 20,
      },
      result: { items: [fragment], cursor: null },
    },
  },
  'memory/plan/list': {
    summary: 'Memory plans, newest first',
    params: closed({ state: Type.Optional(literals(PLAN_STATES)), ...Paging }),
    result: page(MemoryPlanSchema),
    scope: 'memory:read',
    errors: [],
    rest: { verb: 'GET', path: '/memory/plans', operationId: 'MemoryController_planned' },
    example: {
      params: { state: 'proposed', cursor: STORY.planId, limit: 20 },
      result: { items: [plan], cursor: null },
    },
  },
  'memory/plan/get': {
    summary: 'One memory plan',
    params: closed({ planId: Uuid }),
    result: MemoryPlanSchema,
    scope: 'memory:read',
    errors: ['not_found'],
    rest: { verb: 'GET', path: '/memory/plans/{id}', id: 'planId', operationId: 'MemoryController_plan' },
    example: { params: { planId: STORY.planId }, result: plan },
  },
  'memory/plan/apply': {
    summary: 'Change fragments by a plan, all or nothing, once for an id: a stored plan, or one with its operations',
    params: closed({
      planId: Uuid,
      baseVersion: Type.Optional(boundedInteger({ description: 'Default: the present version' })),
      ops: Type.Optional(Type.Array(PlanOpSchema, { minItems: 1, maxItems: MAX_PLAN_OPS })),
    }),
    result: MemoryPlanSchema,
    scope: 'memory:admin',
    errors: ['not_found', 'conflict', 'idempotency_mismatch'],
  },
  'memory/plan/revert': {
    summary: 'Take an applied plan back',
    params: closed({ planId: Uuid }),
    result: MemoryPlanSchema,
    scope: 'memory:admin',
    errors: ['not_found', 'conflict'],
  },
  'memory/export': {
    summary: 'Active and staged fragments, a page of lines for memory/import',
    params: closed(Paging),
    result: page(AnyObject),
    scope: 'memory:admin',
    errors: [],
    rest: {
      verb: 'GET',
      path: '/memory/export',
      operationId: 'MemoryController_export',
      summary: 'Active and staged fragments as JSON lines (application/x-ndjson), for memory/import',
      without: ['cursor', 'limit'],
      produces: ['application/x-ndjson'],
      example: { params: {}, result: `${JSON.stringify(fragment)}\n` },
    },
    example: {
      params: { cursor: STORY.fragmentId, limit: 20 },
      result: { items: [fragment], cursor: null },
    },
  },
  'memory/import': {
    summary: 'Add lines of an export as one plan; staged, unless `activate` vouches for them',
    params: closed({
      planId: Uuid,
      lines: Type.Array(Type.String({ maxLength: LINE_MAX_CHARS }), { minItems: 1, maxItems: MAX_PLAN_OPS }),
      activate: Type.Optional(Type.Boolean({ default: false })),
    }),
    result: ImportResultSchema,
    scope: 'memory:admin',
    errors: ['conflict', 'idempotency_mismatch'],
  },
  'memory/forget': {
    summary: 'Erase what a run, or all runs of a subject, have left, and what was made of it',
    params: closed({ runId: Type.Optional(Uuid), subject: Type.Optional(Name) }),
    result: Type.Object({ runs: Type.Integer(), erased: Type.Integer(), kept: Type.Integer() }),
    scope: 'memory:admin',
    errors: ['conflict'],
  },
  'meta_prompt/list': {
    summary: 'Meta-prompts with what they have won and lost, newest first',
    params: closed({
      family: Type.Optional(Name),
      status: Type.Optional(literals(META_PROMPT_STATUSES)),
      ...Paging,
    }),
    result: page(MetaPromptSchema),
    scope: 'memory:read',
    errors: [],
    rest: {
      verb: 'GET',
      path: '/memory/meta-prompts',
      operationId: 'MemoryController_metaPrompts',
      summary: 'Meta-prompts, newest first',
    },
    example: {
      params: { family: 'plan', status: 'active', cursor: STORY.metaPromptId, limit: 20 },
      result: { items: [metaPrompt], cursor: null },
    },
  },
  'meta_prompt/get': {
    summary: 'One meta-prompt',
    params: closed({ metaPromptId: Uuid }),
    result: MetaPromptSchema,
    scope: 'memory:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/memory/meta-prompts/{id}',
      id: 'metaPromptId',
      operationId: 'MemoryController_metaPrompt',
    },
    example: { params: { metaPromptId: STORY.metaPromptId }, result: metaPrompt },
  },
  'memory/optimize': {
    summary: 'Let the optimization agent work on the memory of the tenant now; answers when it is done',
    params: closed({}),
    result: MemoryRunSchema,
    scope: 'memory:admin',
    errors: ['conflict'],
  },
  'memory/run/list': {
    summary: 'Runs of the optimization agent, newest first',
    params: closed(Paging),
    result: page(MemoryRunSchema),
    scope: 'memory:read',
    errors: [],
    rest: { verb: 'GET', path: '/memory/runs', operationId: 'AgentController_runs' },
    example: { params: { cursor: STORY.memoryRunId, limit: 20 }, result: { items: [memoryRun], cursor: null } },
  },
  'memory/run/get': {
    summary: 'One run of the optimization agent: what it read, proposed and applied, and why',
    params: closed({ memoryRunId: Uuid }),
    result: MemoryRunSchema,
    scope: 'memory:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/memory/runs/{id}',
      id: 'memoryRunId',
      operationId: 'AgentController_run',
      summary: 'One run of the agent: what it read, proposed, applied, and why',
    },
    example: { params: { memoryRunId: STORY.memoryRunId }, result: memoryRun },
  },
  'memory/drift/get': {
    summary: 'What memory is worth: runs with recalled fragments against those without',
    params: closed({}),
    result: MemoryDriftSchema,
    scope: 'memory:read',
    errors: [],
    rest: { verb: 'GET', path: '/memory/drift', operationId: 'AgentController_drift' },
    example: {
      params: {},
      result: {
        frozen: false,
        recall: { runs: 120, successes: 102 },
        control: { runs: 40, successes: 29 },
        gain: { mean: 0.125, lower: 0.01, upper: 0.25 },
        window: 1_000,
        since: null,
        series: [
          {
            from: STORY.startedAt,
            to: STORY.decidedAt,
            recall: { runs: 120, successes: 102 },
            control: { runs: 40, successes: 29 },
            gain: { mean: 0.125, lower: 0.01, upper: 0.25 },
          },
        ],
      },
    },
  },
  'memory/drift/clear': {
    summary: 'Resume promotion after drift; the next check may freeze it again',
    params: closed({}),
    result: MemoryDriftSchema,
    scope: 'memory:admin',
    errors: [],
  },
} as const satisfies Record<string, MethodRow>;
