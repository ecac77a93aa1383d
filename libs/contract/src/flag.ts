import { Type, type Static } from '@sinclair/typebox';
import { Timestamp, literals, nullable } from './schema';

/** What can be switched for one tenant without a restart. A name is never used for something else later. */
export const FLAGS = ['search_deliberation', 'auto_approval', 'memory_routing'] as const;

export type Flag = (typeof FLAGS)[number];

/** A flag as it holds for one tenant. */
export const FlagStateSchema = Type.Object({
  flag: literals(FLAGS),
  enabled: Type.Boolean(),
  source: literals(
    ['tenant', 'configuration', 'default'],
    "Where the value comes from: the tenant's own setting, the configuration of the server, or neither",
  ),
  actor: nullable(Type.String({ description: "Who made the tenant's own setting; else null" })),
  updatedAt: nullable(Timestamp),
});
export type FlagState = Static<typeof FlagStateSchema>;
