import type { Outcome } from '@assent/contract';

/** What is known of a finished run when its verdict comes in. */
export interface Experience {
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
 * The lesson of one run in words. It names no run, no time and no person, so that two independent runs which went the
 * same way leave the same text and thereby agree.
 */
export function lessonOf(experience: Experience): Lesson {
  const assumed = experience.assumptions.map((a) => `${a.value ? '' : 'not: '}${a.text}`).join('; ');
  const sentences = [
    `Goal: ${experience.goal}`,
    assumed === '' ? 'Nothing had to be assumed.' : `Assumed: ${assumed}.`,
    `Chosen: ${experience.action}, which ended ${experience.ending}.`,
    `Verdict: ${experience.outcome}.`,
  ];
  const tags = [experience.outcome, experience.ending, ...(experience.tool === null ? [] : [experience.tool])];
  return { text: sentences.join('\n'), tags };
}
