import { Type } from '@sinclair/typebox';
import { FRAGMENT_STATES, FragmentSchema, RankedFragmentSchema } from '../memory';
import {
  ImportResultSchema,
  META_PROMPT_STATUSES,
  MemoryDriftSchema,
  MemoryRunSchema,
  MetaPromptSchema,
} from '../memory-agent';
import { FragmentVersionSchema, MemoryPlanSchema, PLAN_OPS_AT_MOST, PLAN_STATES, PlanOpSchema } from '../memory-plan';
import { AnyObject, Cursor, MAX_INTEGER, PageLimit, Uuid, closed, literals, nullable, page } from '../schema';
import { GOAL_MAX_CHARS } from '../start-params';
import type { MethodRow } from './method.row';

const Name = Type.String({ minLength: 1, maxLength: 256 });
const Paging = { cursor: Type.Optional(Cursor), limit: Type.Optional(PageLimit) };
/** Characters of one line of an import: a fragment with its keys. */
const LINE_MAX_CHARS = 32_000;

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
    result: Type.Object({ items: Type.Array(RankedFragmentSchema), cursor: nullable(Type.String()) }),
    scope: 'memory:read',
    errors: [],
  },
  'memory/get': {
    summary: 'One fragment with what it was before',
    params: closed({ fragmentId: Uuid }),
    result: Type.Object({ fragment: FragmentSchema, history: Type.Array(FragmentVersionSchema) }),
    scope: 'memory:read',
    errors: ['not_found'],
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
  },
  'memory/plan/list': {
    summary: 'Memory plans, newest first',
    params: closed({ state: Type.Optional(literals(PLAN_STATES)), ...Paging }),
    result: page(MemoryPlanSchema),
    scope: 'memory:read',
    errors: [],
  },
  'memory/plan/get': {
    summary: 'One memory plan',
    params: closed({ planId: Uuid }),
    result: MemoryPlanSchema,
    scope: 'memory:read',
    errors: ['not_found'],
  },
  'memory/plan/apply': {
    summary: 'Change fragments by a plan, all or nothing, once for an id: a stored plan, or one with its operations',
    params: closed({
      planId: Uuid,
      baseVersion: Type.Optional(
        Type.Integer({ minimum: 0, maximum: MAX_INTEGER, description: 'Default: the present version' }),
      ),
      ops: Type.Optional(Type.Array(PlanOpSchema, { minItems: 1, maxItems: PLAN_OPS_AT_MOST })),
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
  },
  'memory/import': {
    summary: 'Add lines of an export as one plan; staged, unless `activate` vouches for them',
    params: closed({
      planId: Uuid,
      lines: Type.Array(Type.String({ maxLength: LINE_MAX_CHARS }), { minItems: 1, maxItems: PLAN_OPS_AT_MOST }),
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
    errors: [],
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
  },
  'meta_prompt/get': {
    summary: 'One meta-prompt',
    params: closed({ metaPromptId: Uuid }),
    result: MetaPromptSchema,
    scope: 'memory:read',
    errors: ['not_found'],
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
  },
  'memory/run/get': {
    summary: 'One run of the optimization agent: what it read, proposed and applied, and why',
    params: closed({ memoryRunId: Uuid }),
    result: MemoryRunSchema,
    scope: 'memory:read',
    errors: ['not_found'],
  },
  'memory/drift/get': {
    summary: 'What memory is worth: runs with recalled fragments against those without',
    params: closed({}),
    result: MemoryDriftSchema,
    scope: 'memory:read',
    errors: [],
  },
  'memory/drift/clear': {
    summary: 'Let promotion go on after drift; the next look may freeze it again',
    params: closed({}),
    result: MemoryDriftSchema,
    scope: 'memory:admin',
    errors: [],
  },
} as const satisfies Record<string, MethodRow>;
