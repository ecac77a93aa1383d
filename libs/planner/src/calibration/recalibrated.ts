import type { Assumption, BeliefSource } from '@assent/contract';
import { compareText } from '../order';
import type { ReadBeliefs } from '../read-beliefs';

/** One version of a recalibration, ready for use. */
export interface CalibrationMap {
  /** What it was fitted on; it says nothing of the others. */
  readonly source: BeliefSource;
  readonly version: number;
  /** MUST be pure, never fall, and stay within 0.001 to 0.999. */
  apply(p: number): number;
}

const NOTE = /^recalibrated from (\S+) by version \d+$/;

/** Beliefs of a source as a run wants them: recalibrated if it asks for that. A map of another source changes nothing. */
export function withCalibration(
  beliefs: ReadBeliefs,
  source: BeliefSource,
  map: CalibrationMap | undefined,
): ReadBeliefs {
  if (!map) return beliefs;
  if (map.source === source) return recalibrated(beliefs, map);
  const warning = `Version ${map.version} recalibrates beliefs of source ${map.source}; these are of source ${source} and stay as they were given.`;
  return { ...beliefs, warnings: [...beliefs.warnings, warning] };
}

/**
 * Beliefs with every probability mapped, prior and conditional, and a note of it in the evidence. After merging, because
 * what a version is fitted on are the probabilities of trees. Tree and input hash follow: both carry p and evidence.
 */
export function recalibrated(beliefs: ReadBeliefs, map: CalibrationMap): ReadBeliefs {
  const assumptions = beliefs.assumptions.map((assumption) => ({
    ...assumption,
    p: map.apply(assumption.p),
    given: assumption.given.map(({ when, p }) => ({ when, p: map.apply(p) })),
    evidence: [...assumption.evidence.filter((line) => !NOTE.test(line)), noteOf(assumption.p, map.version)].sort(
      compareText,
    ),
  }));
  return { ...beliefs, assumptions };
}

/** The probability that the source gave, before any recalibration or outcome: what calibration measures and learns from. */
export function statedP({ p, evidence, learned }: Pick<Assumption, 'p' | 'evidence' | 'learned'>): number {
  const stated = evidence.flatMap((line) => NOTE.exec(line)?.[1] ?? [])[0];
  return stated === undefined ? (learned?.stated ?? p) : Number(stated);
}

function noteOf(p: number, version: number): string {
  return `recalibrated from ${p} by version ${version}`;
}
