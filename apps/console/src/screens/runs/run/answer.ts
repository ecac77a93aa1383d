import type { InputAnswer, InputRequest } from '@assent/contract';

/** What a person has entered so far. */
export interface AnswerForm {
  /** By assumption; absent: left open. */
  readonly truths: Readonly<Record<string, boolean>>;
  readonly option: string | null;
  readonly text: string;
}

export const EMPTY_ANSWER: AnswerForm = { truths: {}, option: null, text: '' };

/** The answer in the form; null: nothing is entered. */
export function answerOf({ truths, option, text }: AnswerForm): InputAnswer | null {
  const resolved = Object.entries(truths).map(([assumptionId, truth]) => ({ assumptionId, truth }));
  const answer: InputAnswer = {
    ...(resolved.length > 0 ? { resolved } : null),
    ...(option === null ? null : { option }),
    ...(text.trim() === '' ? null : { text: text.trim() }),
  };
  return Object.keys(answer).length === 0 ? null : answer;
}

/** The truths with that of one assumption changed; undefined leaves it open. */
export function withTruth(
  truths: AnswerForm['truths'],
  assumptionId: string,
  truth: boolean | undefined,
): AnswerForm['truths'] {
  const others = Object.entries(truths).filter(([id]) => id !== assumptionId);
  return Object.fromEntries(truth === undefined ? others : [...others, [assumptionId, truth]]);
}

export interface ExpiryTruth {
  readonly assumptionId: string;
  readonly text: string;
  readonly truth: boolean;
}

/** What the run takes as true when nobody answers in time; empty: nothing, the probabilities stay. */
export function truthsOnExpiry({ assumptions, onExpiry }: InputRequest): ExpiryTruth[] {
  if (onExpiry === 'unresolved') return [];
  return assumptions.map(({ assumptionId, text, p }) => ({
    assumptionId,
    text,
    truth: onExpiry === 'likely' ? p >= 1 / 2 : onExpiry === 'true',
  }));
}
