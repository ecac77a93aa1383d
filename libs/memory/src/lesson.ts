import { FRAGMENT_MAX_CHARS, type Outcome } from '@assent/contract';
import { cutText } from '@assent/platform';

/** Data of a finished run at the time of its outcome. */
export interface Experience {
  /** The marked goal of the family. */
  readonly goal: string;
  readonly outcome: Outcome;
  /** Truth of the assumptions on the chosen path, as texts. */
  readonly assumptions: readonly { readonly text: string; readonly value: boolean }[];
  readonly action: string;
  /** How the run ended, e.g. `applied`. */
  readonly ending: string;
  readonly tool: string | null;
}

export interface Lesson {
  readonly text: string;
  readonly tags: readonly string[];
}

/**
 * Maximum lengths of the goal and of all assumptions in a lesson, so that both and the action fit into one fragment.
 */
const GOAL_CHARS = 1_000;
const ASSUMED_CHARS = 1_500;
const ACTION_CHARS = 500;

/**
 * The lesson of one run in words. It names no run, no time and no person, so that two independent runs which went the
 * same way leave the same text and thereby agree.
 */
export function lessonOf(experience: Experience): Lesson {
  const assumed = experience.assumptions.map((a) => `${a.value ? '' : 'not: '}${a.text}`).join('; ');
  const sentences = [
    `Goal: ${cutText(experience.goal, GOAL_CHARS)}`,
    assumed === '' ? 'Nothing had to be assumed.' : `Assumed: ${cutText(assumed, ASSUMED_CHARS)}.`,
    `Chosen: ${cutText(experience.action, ACTION_CHARS)}, which ended ${experience.ending}.`,
    `Verdict: ${experience.outcome}.`,
  ];
  const tags = [experience.outcome, experience.ending, ...(experience.tool === null ? [] : [experience.tool])];
  return { text: cutText(sentences.join('\n'), FRAGMENT_MAX_CHARS), tags };
}

/** The lesson that a run on the same path with the opposite outcome would leave. */
export function oppositeOf(experience: Experience): Lesson {
  return lessonOf({ ...experience, outcome: experience.outcome === 'success' ? 'failure' : 'success' });
}
