import { drawIndexes, between, streamOf, type Random } from '../support/random';

/** Possible causes of an incident; each has one action, which helps only for that cause. */
export const CAUSES = 3;
/** Run from which a shifted world has another truth. */
export const SHIFT_AT = 60;

/** `wide`: the stated favourite is at least 0.4 worse than the best; `near`: 0.1 to 0.2; `shifted`: the best is another one, by 0.8, from the shift on. */
export type WorldKind = 'wide' | 'near' | 'shifted';

/** One family of incidents. The stated probabilities of its causes are wrong in the same way each time. */
export interface World {
  readonly kind: WorldKind;
  readonly seed: number;
  /** Stated probability of each cause. */
  readonly stated: readonly number[];
  /** The cause of each run. */
  readonly causes: readonly number[];
  /** How often each action helps, in the last runs. */
  readonly rates: readonly number[];
  readonly best: number;
  readonly favourite: number;
}

const STATED = [0.7, 0.3, 0.2];
const STREAM = { wide: 1, near: 2, shifted: 3 } as const;

export function createWorld(kind: WorldKind, seed: number, runs: number): World {
  const random = streamOf(65, STREAM[kind], seed);
  const [favourite = 0, second = 1, third = 2] = drawIndexes(random, CAUSES, CAUSES);
  const stated = placed([favourite, second, third], STATED);
  const [best, other] = random() < 0.5 ? [second, third] : [third, second];
  const rates = ratesOf(kind, { favourite, best, other }, random);
  const later = kind === 'shifted' ? placed([best, other, favourite], [0.1, 0.9, 0]) : rates;
  const causes = Array.from({ length: runs }, (_, run) => drawn(run < SHIFT_AT ? rates : later, random));
  return { kind, seed, stated, causes, rates: later, best: kind === 'shifted' ? other : best, favourite };
}

function ratesOf(
  kind: WorldKind,
  { favourite, best, other }: { favourite: number; best: number; other: number },
  random: Random,
): number[] {
  if (kind === 'shifted') return placed([best, other, favourite], [0.9, 0.1, 0]);
  if (kind === 'wide') {
    const top = between(random, 0.7, 0.85);
    const wrong = between(random, 0, top - 0.4 > 1 - top ? 1 - top : top - 0.4);
    return placed([best, favourite, other], [top, wrong, 1 - top - wrong]);
  }
  const gap = between(random, 0.1, 0.2);
  const rest = between(random, 0, 0.2);
  return placed([best, favourite, other], [(1 - rest + gap) / 2, (1 - rest - gap) / 2, rest]);
}

function placed(places: readonly number[], values: readonly number[]): number[] {
  return Array.from({ length: CAUSES }, (_, cause) => values[places.indexOf(cause)] ?? 0);
}

function drawn(rates: readonly number[], random: Random): number {
  let left = random();
  const found = rates.findIndex((rate) => (left -= rate) < 0);
  return found < 0 ? rates.indexOf(Math.max(...rates)) : found;
}
