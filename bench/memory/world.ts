import type { Random } from '../support/random';

/** One problem of a stream. Only its words can be seen; the skill that solves it is latent in its family. */
export interface Problem {
  readonly family: number;
  /** What a solver can look lessons up by. */
  readonly words: readonly string[];
  /** One try of a skill. Exact: true is a proof. */
  readonly solvedBy: (skill: number, random: Random) => boolean;
}

export interface World {
  readonly name: string;
  /** Ways to go about a problem. */
  readonly skills: number;
  readonly families: number;
  /** Tries that a solver has for one problem, and how many of these it gives to one lesson. */
  readonly tries: number;
  readonly perLesson: number;
  /** @param skill the skill that the family needs at this time */
  readonly problem: (family: number, skill: number, random: Random) => Problem;
}

const CUES_OF_A_FAMILY = 6;
const CUES_SHOWN = 3;
const COMMON_WORDS = 30;
const COMMON_SHOWN = 3;

/** Some of the words that go with the family, among words that go with any. */
export function wordsOf(family: number, random: Random): string[] {
  const pick = (prefix: string, of: number, count: number) => {
    const left = Array.from({ length: of }, (_, index) => `${prefix}${index}`);
    return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
  };
  return [...pick(`f${family}-`, CUES_OF_A_FAMILY, CUES_SHOWN), ...pick('w', COMMON_WORDS, COMMON_SHOWN)];
}
