import type { Assumption } from '@assent/contract';
import type { Alias } from './merge';
import { compareText } from './order';

/** What is known of assumptions. */
export interface KnownTruths {
  /** Assumption id to truth. */
  readonly resolutions: Readonly<Record<string, boolean>>;
  /** Ids of those that were brought about from outside: they say nothing of their causes. The others were observed. */
  readonly interventions?: readonly string[];
}

/** An assumption with what is known of it, under whichever id that was said. */
export function withResolution(
  assumption: Assumption,
  { resolutions, interventions = [] }: KnownTruths,
  aliases: ReadonlyMap<string, Alias>,
): Assumption {
  const [known] = Object.entries(resolutions)
    .filter(([id]) => aliases.get(id)?.id === assumption.id)
    .sort(([a], [b]) => compareText(a, b));
  if (!known) return assumption;
  const [id, truth] = known;
  const resolved = truth !== aliases.get(id)?.flip;
  return interventions.includes(id) ? { ...assumption, resolved, how: 'set' } : { ...assumption, resolved };
}
