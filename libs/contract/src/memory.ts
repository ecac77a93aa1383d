import { Type, type Static } from '@sinclair/typebox';
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

export const FragmentSchema = Type.Object({
  fragmentId: Uuid,
  status: literals(FRAGMENT_STATES),
  text: Type.String(),
  keys: Type.Array(Type.String(), { description: 'The goals it was learnt from' }),
  tags: Type.Array(Type.String()),
  helpful: Type.Integer(),
  harmful: Type.Integer(),
  strength: Type.Integer(),
  version: Type.Integer(),
  provenance: Type.Array(ProvenanceSchema),
  createdAt: Timestamp,
});
export type Fragment = Static<typeof FragmentSchema>;

export const RankedFragmentSchema = Type.Intersect([
  FragmentSchema,
  Type.Object({ rank: Type.Number({ description: 'Text rank times credit; higher is better' }) }),
]);
export type RankedFragment = Static<typeof RankedFragmentSchema>;
