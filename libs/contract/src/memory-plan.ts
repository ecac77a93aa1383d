import { Type, type Static } from '@sinclair/typebox';
import { FRAGMENT_STATES, ProvenanceSchema } from './memory';
import { ContentHash, Timestamp, Uuid, closed, literals, nullable } from './schema';

/** Operations of one plan: what a person can look through. */
export const MAX_PLAN_OPS = 50;
export const FRAGMENT_MAX_CHARS = 4_000;

/** "Not relevant now" is not a reason: a lesson is true or it is not. */
export const DELETE_REASONS = ['wrong', 'subsumed', 'vague'] as const;
export type DeleteReason = (typeof DELETE_REASONS)[number];

const Rationale = Type.String({ minLength: 1, maxLength: 2_000, description: 'Why' });
const Text = Type.String({ minLength: 1, maxLength: FRAGMENT_MAX_CHARS });
const Words = Type.Array(Type.String({ minLength: 1, maxLength: 1_000 }), { maxItems: 16 });
const Agent = nullable(Type.String({ minLength: 1, maxLength: 256 }));

export const AddOpSchema = closed({
  op: Type.Literal('add'),
  text: Text,
  agent: Type.Optional(Agent),
  keys: Type.Optional(Words),
  tags: Type.Optional(Words),
  rationale: Rationale,
});
export const ModifyOpSchema = closed({
  op: Type.Literal('modify'),
  fragmentId: Uuid,
  text: Type.Optional(Text),
  keys: Type.Optional(Words),
  tags: Type.Optional(Words),
  rationale: Rationale,
});
export const MergeOpSchema = closed({
  op: Type.Literal('merge'),
  fragmentIds: Type.Array(Uuid, { minItems: 2, maxItems: 16 }),
  text: Text,
  tags: Type.Optional(Words),
  rationale: Rationale,
});
export const DeleteOpSchema = closed({
  op: Type.Literal('delete'),
  fragmentId: Uuid,
  reason: literals(DELETE_REASONS),
  rationale: Rationale,
});
/** What a caller may ask for. */
export const PlanOpSchema = Type.Union([AddOpSchema, ModifyOpSchema, MergeOpSchema, DeleteOpSchema]);
export type CallerOp = Static<typeof PlanOpSchema>;

type Provenance = Static<typeof ProvenanceSchema>;
/** What the agent and an import may say besides: the runs it comes from, and that they confirm it. */
export type PlanOp =
  | (Static<typeof AddOpSchema> & {
      readonly provenance?: readonly Provenance[];
      readonly verified?: boolean;
      readonly credit?: { readonly helpful: number; readonly harmful: number };
    })
  | ((Static<typeof ModifyOpSchema> | Static<typeof MergeOpSchema>) & {
      /** Runs that the new words come from: what is forgotten with them. */
      readonly provenance?: readonly Provenance[];
    })
  | Static<typeof DeleteOpSchema>;

export const PLAN_STATES = ['proposed', 'applied', 'rejected', 'reverted'] as const;
export type PlanState = (typeof PLAN_STATES)[number];

export const MemoryPlanSchema = Type.Object({
  planId: Uuid,
  state: literals(PLAN_STATES),
  baseVersion: Type.Integer({ description: 'Version of the memory that it was made for' }),
  appliedVersion: nullable(Type.Integer({ description: 'Version that it made' })),
  ops: Type.Array(Type.Unknown(), { description: 'As they were given: add, modify, merge, delete' }),
  hash: ContentHash,
  result: nullable(
    Type.Array(Type.Object({ op: Type.String(), fragmentId: Uuid, version: Type.Integer() }), {
      description: 'What each operation has made or changed',
    }),
  ),
  author: Type.String(),
  memoryRunId: nullable(Uuid),
  reverts: nullable(Uuid),
  rebasedFrom: nullable(Uuid),
  createdAt: Timestamp,
  appliedAt: nullable(Timestamp),
});
export type MemoryPlan = Static<typeof MemoryPlanSchema>;

export const FragmentVersionSchema = Type.Object({
  version: Type.Integer(),
  status: literals(FRAGMENT_STATES),
  text: Type.String(),
  keys: Type.Array(Type.String()),
  tags: Type.Array(Type.String()),
  planId: nullable(Uuid),
  createdAt: Timestamp,
});
export type FragmentVersion = Static<typeof FragmentVersionSchema>;
