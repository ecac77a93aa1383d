import {
  MAX_ASSOCIATIONS,
  MAX_ASSUMPTIONS,
  MAX_GAIN_ROWS,
  MAX_GIVEN_ROWS,
  MAX_WHEN_LITERALS,
  type GainRow,
} from '@assent/contract';
import { clampProbability } from '../numbers';
import { pointer, invalid } from '../pointer';
import type { GivenBeliefs } from '../read-beliefs';
import { entitiesOf } from '../statement';
import { checkBeliefs, type ComposerAnswer, type EvaluatorAnswer } from './answer.schemas';
import type { KnownAssumption, DecisionPlan } from './step-request';

/** Maximum names in one assumption. Each is searched for in all the material; an atomic statement has a few. */
const MAX_ENTITIES = 16;
/** Maximum characters of an assumption that are searched, equal to its maximum length. */
const TEXT_MAX_CHARS = 2_000;

/** The part of the composer's input against which its answer is checked. */
export interface ComposerFacts {
  /** The whole text of the prompt. An assumption may only use names that occur in it. */
  readonly material: string;
  /** The earlier assumptions as listed in the prompt. The first has number 1. */
  readonly earlier: readonly KnownAssumption[];
}

export interface ReadComposition {
  readonly beliefs: GivenBeliefs;
  readonly observed: DecisionPlan['observed'];
  readonly warnings: readonly string[];
}

/**
 * The beliefs in a model's answer, in the order of its ranking. Drops an assumption with a name that does not occur in the
 * material, and everything that depends on it. Moves a probability of 0 or 1 to the nearest allowed value.
 * @throws AssentError invalid, with a pointer into the answer
 */
export function readComposition(answer: ComposerAnswer, { material, earlier }: ComposerFacts): ReadComposition {
  refuseTooMuch(answer);
  const known = normalised(material);
  const warnings: string[] = [];
  const kept = answer.assumptions.filter(({ id, text }) => {
    const entities = entitiesOf(text);
    if (entities.length > MAX_ENTITIES) {
      warnings.push(`Assumption "${id}" of the model was dropped: it names more than ${MAX_ENTITIES} things.`);
      return false;
    }
    const unknown = entities.filter((entity) => !known.includes(normalised(entity)));
    if (unknown.length > 0) {
      warnings.push(
        `Assumption "${id}" of the model was dropped: ${unknown.join(', ')} occurs nowhere in what it was given.`,
      );
    }
    return unknown.length === 0;
  });
  const droppedIds = new Set(answer.assumptions.filter((each) => !kept.includes(each)).map(({ id }) => id));
  const beliefs = checkBeliefs({
    assumptions: ranked(kept, answer.ranking).map(({ id, text, p, excludes, given }) => {
      const index = answer.assumptions.findIndex((each) => each.id === id);
      return {
        id,
        text,
        p: probability(p, pointer('/assumptions', index, 'p')),
        excludes: excludes.filter((other) => !droppedIds.has(other)),
        given: given
          .filter(({ when }) => !when.some(({ assumptionId }) => droppedIds.has(assumptionId)))
          .map((row, place) => ({
            when: caseOf(row.when, pointer('/assumptions', index, 'given', place, 'when')),
            p: probability(row.p, pointer('/assumptions', index, 'given', place, 'p')),
          })),
      };
    }),
    associations: answer.associations.filter(({ assumptionId }) => !droppedIds.has(assumptionId)),
  });
  return {
    beliefs: {
      ...beliefs,
      assumptions: beliefs.assumptions.map((assumption) => ({ ...assumption, sources: ['composer' as const] })),
    },
    observed: readObserved(answer.observed, earlier, warnings),
    warnings,
  };
}

/** @throws AssentError invalid, with a pointer into the answer */
export function readGainRows({ gains }: EvaluatorAnswer): GainRow[] {
  refuseMoreThan(MAX_GAIN_ROWS, gains, '/gains');
  if (gains.length === 0) throw invalid('There is no row: give every action of kind tool and finish one.', '/gains');
  const rows = gains.map(({ actionId, when, gain }, index) => ({
    actionId,
    when: caseOf(when, pointer('/gains', index, 'when')),
    gain,
  }));
  return checkBeliefs({ assumptions: [], gains: rows }).gains ?? [];
}

/** Checks sizes first, because the cost of later checks is the product of these sizes. */
function refuseTooMuch({ assumptions, associations, ranking, observed }: ComposerAnswer): void {
  refuseMoreThan(MAX_ASSUMPTIONS, assumptions, '/assumptions');
  refuseMoreThan(MAX_ASSOCIATIONS, associations, '/associations');
  refuseMoreThan(MAX_ASSUMPTIONS, ranking, '/ranking');
  refuseMoreThan(MAX_ASSUMPTIONS, observed, '/observed');
  assumptions.forEach(({ text, excludes, given }, index) => {
    const at = (member: string) => pointer('/assumptions', index, member);
    if (text.length > TEXT_MAX_CHARS) {
      throw invalid(`An assumption is one statement of at most ${TEXT_MAX_CHARS} characters.`, at('text'));
    }
    refuseMoreThan(MAX_ASSUMPTIONS, excludes, at('excludes'));
    refuseMoreThan(MAX_GIVEN_ROWS, given, at('given'));
  });
}

function refuseMoreThan(max: number, list: readonly unknown[], at: string): void {
  if (list.length > max) throw invalid(`There are ${list.length}; at most ${max} are read.`, at);
}

/** Most important first. Assumptions missing from the ranking follow in their original order. */
function ranked<T extends { readonly id: string }>(assumptions: readonly T[], ranking: readonly string[]): T[] {
  const place = ({ id }: T) => (ranking.includes(id) ? ranking.indexOf(id) : ranking.length);
  return [...assumptions].sort((a, b) => place(a) - place(b));
}

function probability(p: number, at: string): number {
  if (p < 0 || p > 1) throw invalid(`A probability lies between 0 and 1; ${p} does not.`, at);
  return clampProbability(p);
}

function caseOf(literals: readonly { assumptionId: string; value: boolean }[], at: string): Record<string, boolean> {
  refuseMoreThan(MAX_WHEN_LITERALS, literals, at);
  const found = new Map<string, boolean>();
  literals.forEach(({ assumptionId, value }, index) => {
    if (found.get(assumptionId) === !value) {
      throw invalid(`A case has "${assumptionId}" both true and false.`, pointer(at, index));
    }
    found.set(assumptionId, value);
  });
  return Object.fromEntries(found);
}

/** Only open assumptions can be resolved. Contradictory observations are ignored. */
function readObserved(
  said: ComposerAnswer['observed'],
  earlier: readonly KnownAssumption[],
  warnings: string[],
): DecisionPlan['observed'] {
  const truths = new Map<number, Set<boolean>>();
  for (const { number, truth } of said) truths.set(number, (truths.get(number) ?? new Set()).add(truth));
  return [...truths].flatMap(([number, [truth, other]]) => {
    const assumption = earlier[number - 1];
    if (assumption?.truth !== null || truth === undefined || other !== undefined) {
      warnings.push(
        `The model takes assumption ${number} for settled, which is not open, or not there, or said both ways.`,
      );
      return [];
    }
    return [{ step: assumption.step, assumptionId: assumption.assumptionId, truth }];
  });
}

function normalised(text: string): string {
  return text.normalize('NFKC').replace(/\s+/gu, ' ').toLowerCase();
}
