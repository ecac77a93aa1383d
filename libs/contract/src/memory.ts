import { Type, type Static } from '@sinclair/typebox';
import { OUTCOMES, RUN_STATES } from './run';
import { Timestamp, Uuid, literals, nullable } from './schema';

export const FRAGMENT_STATES = ['staged', 'active', 'superseded', 'deleted'] as const;
export type FragmentState = (typeof FRAGMENT_STATES)[number];

/** Where a fragment was learnt: one finished run and its verdict. */
export const ProvenanceSchema = Type.Object({
  runId: Uuid,
  outcome: Type.String(),
  score: nullable(Type.Number()),
  note: nullable(Type.String()),
  at: Timestamp,
});
export type Provenance = Static<typeof ProvenanceSchema>;

export const FRAGMENT_ORIGINS = ['run', 'plan', 'import', 'distilled'] as const;

export const FragmentSchema = Type.Object({
  fragmentId: Uuid,
  agent: nullable(Type.String({ description: 'Whose it is; null: every agent of the tenant' })),
  origin: literals(FRAGMENT_ORIGINS),
  status: literals(FRAGMENT_STATES),
  text: Type.String(),
  keys: Type.Array(Type.String(), { description: 'The goals it was learnt from' }),
  tags: Type.Array(Type.String()),
  helpful: Type.Integer(),
  harmful: Type.Integer(),
  strength: Type.Integer(),
  version: Type.Integer(),
  provenance: Type.Array(ProvenanceSchema),
  lineage: Type.Array(Uuid, { description: 'The fragments it was made of' }),
  reason: nullable(Type.String({ description: 'Why it was deleted' })),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Fragment = Static<typeof FragmentSchema>;

export const RECALL_ARMS = ['recall', 'control'] as const;
export type RecallArm = (typeof RECALL_ARMS)[number];

/** A run for which a fragment was found. */
export const FragmentUseSchema = Type.Object({
  runId: Uuid,
  arm: literals(RECALL_ARMS, '`recall`: the run was given it; `control`: it was held back'),
  state: nullable(literals(RUN_STATES, 'null: the run was deleted')),
  outcome: nullable(literals(OUTCOMES)),
  at: Timestamp,
});
export type FragmentUse = Static<typeof FragmentUseSchema>;

export const RECALL_RANKERS = ['text', 'trigram', 'vector'] as const;
export type RecallRanker = (typeof RECALL_RANKERS)[number];

const RankerScore = nullable(
  Type.Object({
    score: Type.Number({ description: 'Similarity, 0 to 1' }),
    place: nullable(Type.Integer({ description: 'Place in the order of this ranker, from 1' })),
  }),
);
/** What each ranker says of a fragment; null: it did not work. */
export const RankerScoresSchema = Type.Object({ text: RankerScore, trigram: RankerScore, vector: RankerScore });
export type RankerScores = Static<typeof RankerScoresSchema>;

/** Why a fragment stands where it does: rank = fused x credit. */
export const RankingFields = {
  rank: Type.Number({ description: 'fused x credit; higher is better' }),
  similarity: Type.Number({ description: 'The best of the rankers, 0 to 1' }),
  credit: Type.Number({ description: '(helpful + 1) / (helpful + harmful + 2)' }),
  fused: Type.Number({ description: 'Reciprocal ranks by words and by vectors; 1: first by both' }),
  scores: RankerScoresSchema,
};

export const RankedFragmentSchema = Type.Intersect([FragmentSchema, Type.Object(RankingFields)]);
export type RankedFragment = Static<typeof RankedFragmentSchema>;
