import type { Assumption } from '@assent/contract';
import type { Alias } from './merge';
import { compareText } from './order';

/** Known truth values of assumptions. */
export interface KnownTruths {
  /** Assumption id to truth. */
  readonly resolutions: Readonly<Record<string, boolean>>;
  /** Ids of assumptions that were set from outside. They say nothing about their causes. The others were observed. */
  readonly interventions?: readonly string[];
}

/** The assumption with its known truth, found under any of its ids. */
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
