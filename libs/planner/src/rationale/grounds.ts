import { GROUND_TEXT_MAX_CHARS, MAX_GROUNDS, type Assumption, type Ground, type GroundSource } from '@assent/contract';
import { excerpt } from '@assent/platform';
import type { Study } from '../study';
import { isOpen } from '../model';
import { EPSILON_U } from '../numbers';
import { scoresOf, type Scores, type ScoresAt } from './alternatives';
import { appearanceOrder } from './appearance';
import { flipBetween } from './flip';
import type { Lens } from './lens';
import { linksOf, type Link } from './links';

export interface Grounds {
  readonly for: readonly Ground[];
  readonly against: readonly Ground[];
}

/** The truth value with which an assumption speaks for or against the choice, and its weight. */
interface Stand {
  readonly side: keyof Grounds;
  readonly value: boolean;
  readonly weight: number;
}

/** A ground whose flip is computed only if it is listed. */
interface Candidate extends Stand {
  readonly variable: number;
  readonly assumption: Assumption;
  readonly p: number;
  readonly isDecisive: boolean;
  readonly scoresAt: ScoresAt;
}

/**
 * The assumptions for and against the choice, heaviest first. An assumption that moves the chosen action more than the best other
 * action is a ground for the choice, by the truth value that improves it; one that moves the other action more is a ground
 * against it. An assumption that moves neither is placed by its link to an action.
 */
export function groundsOf(studied: Study, chosen: number, lens: Lens): Grounds {
  const { model, prospect } = studied;
  const links = linksOf(model);
  const rivals = rivalsOf(model, chosen);
  const touching = new Set([...prospect.support, ...model.resolves.flat()]);
  const candidates = appearanceOrder(model).flatMap((variable): Candidate[] => {
    const assumption = model.assumptions.find(({ id }) => id === model.variables[variable]?.id);
    const isFact = assumption?.resolved !== null;
    if (!assumption || !(isFact || links.has(variable) || touching.has(variable))) return [];
    const before = isFact ? lens.without(variable) : lens;
    if (!before.isOpen(variable)) return [];
    const scoresAt = scoresOf(studied, before, variable, chosen);
    const [no, yes] = [scoresAt(0), scoresAt(1)];
    const isDecisive = no.chosen !== chosen || yes.chosen !== chosen;
    const stand = standOf(no, yes, { chosen, rivals, links: links.get(variable) ?? [], isDecisive });
    if (!stand) return [];
    const p = lens.probability([{ variable, value: stand.value }], []);
    return [{ ...stand, variable, assumption, p, isDecisive, scoresAt }];
  });
  const side = (name: keyof Grounds) =>
    candidates
      .filter((candidate) => candidate.side === name)
      .sort(byWeight)
      .slice(0, MAX_GROUNDS)
      .map((candidate) => toGround(candidate, chosen, studied));
  return { for: side('for'), against: side('against') };
}

function standOf(
  no: Scores,
  yes: Scores,
  {
    chosen,
    rivals,
    links,
    isDecisive,
  }: { chosen: number; rivals: readonly number[]; links: readonly Link[]; isDecisive: boolean },
): Stand | null {
  const leadIn = ({ utilities }: Scores) =>
    (utilities[chosen] ?? 0) - (rivals.length === 0 ? 0 : Math.max(...rivals.map((rival) => utilities[rival] ?? 0)));
  const gained = leadIn(yes) - leadIn(no);
  if (Math.abs(gained) > EPSILON_U) {
    const value = gained > 0;
    const own = (value ? 1 : -1) * ((yes.utilities[chosen] ?? 0) - (no.utilities[chosen] ?? 0));
    const weight = Math.abs(gained);
    return own >= weight / 2 ? { side: 'for', value, weight } : { side: 'against', value: !value, weight: -weight };
  }
  const own = links.find(({ action }) => action === chosen);
  if (own) return { side: 'for', value: own.value, weight: 0 };
  const [other] = links;
  if (other) return { side: 'against', value: other.value, weight: 0 };
  return isDecisive ? { side: 'for', value: true, weight: 0 } : null;
}

/**
 * The actions that the chosen one leads. The U of an ask includes that of the act after it, often the chosen one, so an ask counts
 * only where no other act is on offer.
 */
function rivalsOf({ actions }: Study['model'], chosen: number): number[] {
  const others = actions.flatMap((_, action) => (action === chosen ? [] : [action]));
  const acts = others.filter((action) => actions[action]?.kind !== 'ask');
  return acts.length > 0 ? acts : others;
}

/** Compares rounded weights, so that rounding differences do not matter. Equal weights keep the order of appearance. */
function byWeight(a: Candidate, b: Candidate): number {
  const steps = (quantity: number) => Math.round(Math.abs(quantity) / EPSILON_U);
  return steps(b.weight) - steps(a.weight) || Number(b.isDecisive) - Number(a.isDecisive) || steps(b.p) - steps(a.p);
}

function toGround(candidate: Candidate, chosen: number, { model }: Study): Ground {
  const { assumption, value, p, isDecisive, weight } = candidate;
  const flip =
    assumption.resolved === null && isOpen(model.joint, candidate.variable) ? flipOf(candidate, chosen) : null;
  return {
    assumptionId: assumption.id,
    text: excerpt(assumption.text, GROUND_TEXT_MAX_CHARS),
    value,
    p,
    resolved: assumption.resolved,
    decisive: isDecisive,
    weight,
    flipsAt: flip && { p: flip.p, actionId: model.actions[flip.action]?.id ?? '' },
    sources: sourcesOf(assumption),
    learned: assumption.learned ?? null,
  };
}

/** Searches towards the truth value that speaks against the choice; if nothing flips there, towards the other. */
function flipOf({ side, value, p, scoresAt }: Candidate, chosen: number): ReturnType<typeof flipBetween> {
  const pTrue = value ? p : 1 - p;
  const end = value === (side === 'for') ? 0 : 1;
  return flipBetween(pTrue, end, chosen, scoresAt) ?? flipBetween(pTrue, end === 0 ? 1 : 0, chosen, scoresAt);
}

/** A trace position next to `composer` means that the statement was inferred there without a model. */
function sourcesOf({ sources, learned }: Assumption): GroundSource[] {
  const isRead = sources.some((source) => typeof source === 'object');
  return [
    ...sources.flatMap((source): GroundSource[] => {
      if (source !== 'composer') return [source];
      return isRead ? [] : ['model'];
    }),
    ...(learned ? (['learned'] as const) : []),
  ];
}
