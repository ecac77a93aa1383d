import type { Study } from '../study';
import type { Literal } from '../model';
import { EPSILON_SPLIT, EPSILON_U } from '../numbers';
import { appearanceOrder } from '../rationale/appearance';
import { linksOf } from '../rationale/links';
import { vantageOf, type Vantage } from './vantage';

/** The displayed form of a leaf: the leaf itself, or splits that change no score. */
export type Display = DisplaySplit | DisplayTip;

export interface DisplaySplit {
  readonly kind: 'split';
  readonly variable: number;
  /** Probability of the assumption given the path. */
  readonly p: number;
  /** Value of knowing the assumption at this point. */
  readonly score: number;
  readonly yes: Display;
  readonly no: Display;
}

export interface DisplayTip {
  readonly kind: 'tip';
  readonly path: readonly Literal[];
  /** Probability of the path below the scored leaf. */
  readonly share: number;
  /** Gain of the leaf's action there, 0 to 1. */
  readonly gain: number;
}

/** Adds display splits to the scored leaves of a tree. */
export interface Displayer {
  /** @param action position of the leaf's action, which all tips keep */
  below(path: readonly Literal[], action: number): Display;
}

interface Candidate {
  readonly variable: number;
  readonly p: number;
  readonly score: number;
  /** Change that knowing it causes in the scores of the two leading acts. */
  readonly moves: number;
}

/** Maximum assumptions compared below one leaf. The least valuable there seldom become the most valuable deeper down. */
const MAX_CANDIDATES = 16;
const LEADING = 2;

/**
 * Splits down to the depth of the tree over assumptions that are linked to an action or change a score: first by the value of
 * knowing, then by the change in the leading scores, then by order of appearance.
 */
export function displayerOf(studied: Study): Displayer {
  const { model, prospect } = studied;
  const links = linksOf(model);
  const concerned = appearanceOrder(model).filter(
    (variable) => links.has(variable) || prospect.support.includes(variable),
  );

  const rankedAt = (vantage: Vantage, variables: readonly number[]): Candidate[] => {
    const here = vantage.utilities();
    const leading = leadersIn(here);
    const candidates = variables.flatMap((variable) => {
      const p = vantage.probability(variable);
      return p === null ? [] : [candidateAt(vantage, { variable, p }, here, leading)];
    });
    return candidates.sort((a, b) => steps(b.score) - steps(a.score) || steps(b.moves) - steps(a.moves));
  };

  const grow = (
    place: Omit<DisplayTip, 'kind' | 'gain'> & { vantage: Vantage },
    variables: readonly number[],
    action: number,
  ): Display => {
    const { vantage, path, share } = place;
    const [best] = path.length < model.params.depth ? rankedAt(vantage, variables) : [];
    if (!best) return { kind: 'tip', path, share, gain: vantage.gain(action) };
    const { variable, p, score } = best;
    const others = variables.filter((other) => other !== variable);
    const side = (value: boolean): Display =>
      grow(
        {
          vantage: vantage.knowing([{ variable, value }]),
          path: [...path, { variable, value }],
          share: share * (value ? p : 1 - p),
        },
        others,
        action,
      );
    return { kind: 'split', variable, p, score, yes: side(true), no: side(false) };
  };

  return {
    below: (path, action) => {
      const vantage = vantageOf(studied).knowing(path);
      const most = path.length < model.params.depth ? rankedAt(vantage, concerned).slice(0, MAX_CANDIDATES) : [];
      const kept = new Set(most.map(({ variable }) => variable));
      return grow(
        { vantage, path, share: 1 },
        concerned.filter((variable) => kept.has(variable)),
        action,
      );
    },
  };
}

/** Whether knowing the assumption changes the choice, according to its value. */
export function isDecisive(score: number): boolean {
  return score > EPSILON_SPLIT;
}

function candidateAt(
  vantage: Vantage,
  { variable, p }: { readonly variable: number; readonly p: number },
  here: readonly number[],
  leading: readonly number[],
): Candidate {
  const [no, yes] = [false, true].map((value) => vantage.utilitiesKnowing({ variable, value }));
  const knowing = p * Math.max(...(yes ?? [])) + (1 - p) * Math.max(...(no ?? []));
  return {
    variable,
    p,
    score: here.length === 0 ? 0 : Math.max(0, knowing - Math.max(...here)),
    moves: Math.max(0, ...leading.map((act) => Math.abs((yes?.[act] ?? 0) - (no?.[act] ?? 0)))),
  };
}

function leadersIn(utilities: readonly number[]): number[] {
  return utilities
    .map((_, act) => act)
    .sort((a, b) => (utilities[b] ?? 0) - (utilities[a] ?? 0))
    .slice(0, LEADING);
}

/** Rounds to units of the tolerance, so that rounding differences compare equal. */
function steps(quantity: number): number {
  return Math.round(quantity / EPSILON_U);
}
