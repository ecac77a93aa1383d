import type { Assumption, BeliefSource } from '@assent/contract';
import { compareText } from '../order';
import type { ReadBeliefs } from '../read-beliefs';

/** One version of a recalibration. */
export interface CalibrationMap {
  /** Source it was fitted to. It does not apply to others. */
  readonly source: BeliefSource;
  readonly version: number;
  /** MUST be pure, never decrease, and stay within 0.001 to 0.999. */
  apply(p: number): number;
}

const NOTE = /^recalibrated from (\S+) by version \d+$/;

/** Recalibrates the beliefs of a source if the run requests it. A map for another source changes nothing. */
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
 * Beliefs with every probability mapped, prior and conditional, and a note in the evidence. Applied after merging, because
 * versions are fitted to probabilities of trees. Tree and input hash change too, because both contain p and evidence.
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

/** The probability as stated by the source, before any recalibration or outcome. Calibration measures and learns from it. */
export function statedP({ p, evidence, learned }: Pick<Assumption, 'p' | 'evidence' | 'learned'>): number {
  const stated = evidence.flatMap((line) => NOTE.exec(line)?.[1] ?? [])[0];
  return stated === undefined ? (learned?.stated ?? p) : Number(stated);
}

function noteOf(p: number, version: number): string {
  return `recalibrated from ${p} by version ${version}`;
}
