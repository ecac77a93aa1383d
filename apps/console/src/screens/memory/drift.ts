import type { MemoryDrift } from '@assent/client';

/** Below this number of runs a share says more about chance than about memory. */
export const MIN_RUNS = 30;
/** Of the normal distribution, for 95%. */
const Z = 1.959963984540054;

export interface Share {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

export interface DriftSide {
  readonly runs: number;
  readonly successes: number;
  /** null: too few runs. */
  readonly share: Share | null;
}

/** A part of the window, with its runs in words only where they are too few. */
export type DriftPart = Omit<MemoryDrift['series'][number], 'gain'> & { readonly gain: Share | null };

export interface DriftView {
  readonly recall: DriftSide;
  readonly control: DriftSide;
  /** Recall minus control; null: too few runs on one side. */
  readonly gain: Share | null;
  readonly verdict: 'few' | 'helps' | 'harms' | 'open';
}

/** The parts of the window. A gain of too few runs on a side is left out. */
export function partsOf({ series }: MemoryDrift): readonly DriftPart[] {
  return series.map((part) => {
    const isEnough = Math.min(part.recall.runs, part.control.runs) >= MIN_RUNS;
    return { ...part, gain: isEnough ? part.gain : null };
  });
}

export function driftOf({ recall, control, gain }: MemoryDrift): DriftView {
  const sides = { recall: sideOf(recall), control: sideOf(control) };
  if (!gain || !sides.recall.share || !sides.control.share) return { ...sides, gain: null, verdict: 'few' };
  return { ...sides, gain, verdict: gain.lower > 0 ? 'helps' : gain.upper < 0 ? 'harms' : 'open' };
}

/** Wilson's 95% interval of a share. */
export function wilson(successes: number, runs: number): Share {
  const share = successes / runs;
  const spread = (Z * Z) / runs;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((share * (1 - share)) / runs + spread / (4 * runs))) / (1 + spread);
  return { mean: share, lower: Math.max(0, middle - half), upper: Math.min(1, middle + half) };
}

function sideOf({ runs, successes }: MemoryDrift['recall']): DriftSide {
  return { runs, successes, share: runs < MIN_RUNS ? null : wilson(successes, runs) };
}
