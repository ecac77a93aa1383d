import { Type, type Static } from '@sinclair/typebox';
import { MemoryPlanSchema } from './memory-plan';
import { Timestamp, Uuid, literals, nullable } from './schema';

export const MEMORY_RUN_STATES = ['running', 'completed', 'failed'] as const;

export const MEMORY_STAGES = ['credit', 'retire', 'promote', 'merge', 'distil', 'drift', 'done'] as const;
export type MemoryStage = (typeof MEMORY_STAGES)[number];

/** One thing that a run of the agent did or left, and why. It holds no text of any fragment. */
export const MemoryStepSchema = Type.Object({
  stage: literals(MEMORY_STAGES),
  read: Type.Integer({ description: 'Rows looked at' }),
  proposed: Type.Integer({ description: 'Operations proposed' }),
  planIds: Type.Array(Uuid),
  applied: Type.Integer({ description: 'Operations applied' }),
  tokens: Type.Optional(Type.Integer({ description: 'Tokens of the model; absent where none was asked' })),
  why: Type.String(),
});
export type MemoryStep = Static<typeof MemoryStepSchema>;

export const MemoryRunSchema = Type.Object({
  memoryRunId: Uuid,
  schedule: Type.String({ description: 'The cron expression, or `demand`' }),
  slot: Type.String({ description: 'The time it was for' }),
  state: literals(MEMORY_RUN_STATES),
  actor: Type.String(),
  stage: literals(MEMORY_STAGES, 'Where it stands'),
  steps: Type.Array(MemoryStepSchema),
  startedAt: Timestamp,
  finishedAt: nullable(Timestamp),
});
export type MemoryRun = Static<typeof MemoryRunSchema>;

const Side = Type.Object({ runs: Type.Integer(), successes: Type.Integer() });
const Gain = nullable(
  Type.Object(
    { mean: Type.Number(), lower: Type.Number(), upper: Type.Number() },
    {
      description: 'Success rate with memory minus without, and its 95% interval; null: too few runs',
    },
  ),
);
const DriftPartSchema = Type.Object({
  from: Timestamp,
  to: Timestamp,
  recall: Side,
  control: Side,
  gain: Gain,
});

export const MemoryDriftSchema = Type.Object({
  frozen: Type.Boolean({ description: 'Nothing is promoted' }),
  recall: Side,
  control: Side,
  gain: Gain,
  window: Type.Integer({ description: 'Runs that are looked at, at most' }),
  since: nullable(Timestamp),
  series: Type.Array(DriftPartSchema, { description: 'The runs of the window in up to five parts, oldest first' }),
});
export type MemoryDrift = Static<typeof MemoryDriftSchema>;

export const META_PROMPT_STATUSES = ['candidate', 'active', 'retired'] as const;
export type MetaPromptStatus = (typeof META_PROMPT_STATUSES)[number];
export const MetaPromptSchema = Type.Object({
  metaPromptId: Uuid,
  agent: nullable(Type.String()),
  family: Type.String(),
  text: Type.String(),
  parentId: nullable(Uuid),
  wins: Type.Integer(),
  losses: Type.Integer(),
  status: literals(META_PROMPT_STATUSES),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type MetaPrompt = Static<typeof MetaPromptSchema>;

export const ImportResultSchema = Type.Object({
  plan: nullable(MemoryPlanSchema),
  refused: Type.Array(Type.Object({ line: Type.Integer({ description: 'From 1' }), reason: Type.String() })),
});
export type ImportResult = Static<typeof ImportResultSchema>;
