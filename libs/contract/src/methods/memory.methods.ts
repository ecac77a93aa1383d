import { Type } from '@sinclair/typebox';
import { RankedFragmentSchema } from '../memory';
import { PageLimit, closed, nullable } from '../schema';
import { GOAL_MAX_CHARS } from '../start-params';
import type { MethodRow } from './method.row';

const AgentName = Type.String({ minLength: 1, maxLength: 256, description: 'Only what this agent would recall' });

/** What runs have taught. */
export const MEMORY_METHODS = {
  'memory/search': {
    summary: 'Fragments that match a query, best first, with provenance and credit',
    params: closed({
      query: Type.String({ minLength: 1, maxLength: GOAL_MAX_CHARS }),
      agent: Type.Optional(AgentName),
      limit: Type.Optional(PageLimit),
    }),
    result: Type.Object({ items: Type.Array(RankedFragmentSchema), cursor: nullable(Type.String()) }),
    scope: 'memory:read',
    errors: [],
  },
} as const satisfies Record<string, MethodRow>;
