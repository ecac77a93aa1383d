import { Type, type Static } from '@sinclair/typebox';
import { Timestamp, literals, nullable } from './schema';

export const PAUSE_REASON_MAX_CHARS = 500;

/** While a tenant is paused, no effect starts and its runs wait. */
export const PauseSchema = Type.Object({
  reason: Type.String(),
  actor: Type.String({ description: 'Subject of the principal that paused the tenant' }),
  since: Timestamp,
});
export type Pause = Static<typeof PauseSchema>;

/** Whether the tenant is paused. A stream of events has it when it opens and when it changes; it is not stored. */
export const PauseHintSchema = Type.Object({
  topic: literals(['pause']),
  pause: nullable(PauseSchema),
  at: Timestamp,
});
export type PauseHint = Static<typeof PauseHintSchema>;
